# Reference numbers for tests/test_control_charts.py.
#
#   Rscript tests/reference/control_charts.R tests/reference/control_charts.json
#
# Made with R 4.2.2 and spc 0.6.7 (Debian 12). Run lengths are zero-state: the first chart point is
# one observation after a start at the centre. Limits of the EWMA are those of mode "fix".
suppressMessages({
  library(spc)
  library(jsonlite)
})

shifts <- c(0, 0.5, 1, 2)
nodes <- 80

ewma <- do.call(rbind, lapply(c(0.1, 0.2, 0.4), function(weight) {
  do.call(rbind, lapply(c(1.8, 2.36, 2.8), function(factor) {
    data.frame(
      weight = weight, factor = factor, shift = shifts,
      run_length = sapply(shifts, function(shift) {
        xewma.arl(weight, factor, shift, sided = "two", limits = "fix", r = nodes)
      })
    )
  }))
}))

cusum <- do.call(rbind, lapply(c(0.25, 0.5, 1), function(reference) {
  do.call(rbind, lapply(c(2, 3.5, 5), function(limit) {
    data.frame(
      reference = reference, limit = limit, shift = shifts,
      one_sided = sapply(shifts, function(shift) {
        xcusum.arl(reference, limit, shift, sided = "one", r = nodes)
      }),
      run_length = sapply(shifts, function(shift) {
        xcusum.arl(reference, limit, shift, sided = "two", r = nodes)
      })
    )
  }))
}))

targets <- c(80, 100, 200)
limits <- data.frame(
  run_length = targets,
  ewma = sapply(targets, function(one) xewma.crit(0.2, one, sided = "two", limits = "fix", r = nodes)),
  cusum = sapply(targets, function(one) xcusum.crit(0.5, one, sided = "two", r = nodes))
)

counts <- 10:100
runs <- data.frame(
  n = counts,
  longest = round(log2(counts) + 3),
  fewest_crossings = qbinom(0.05, counts - 1, 0.5)
)

write_json(
  list(ewma = ewma, cusum = cusum, limits = limits, runs = runs),
  commandArgs(trailingOnly = TRUE)[1],
  digits = NA, dataframe = "columns"
)
