# Reference numbers for tests/test_survival.py.
#
#   Rscript tests/reference/survival.R tests/reference/survival.json
#
# Made with R 4.2.2, survival 3.5-3 (Debian 12). All data are made here and stored with their numbers.
suppressMessages({
  library(survival)
  library(jsonlite)
})
set.seed(1958)

curve <- function(time, happened, asked) {
  fit <- survfit(Surv(time, happened) ~ 1, conf.type = "log-log")
  read <- summary(fit, times = asked, extend = TRUE)
  row <- summary(fit)$table
  list(
    time = time, happened = happened,
    steps = data.frame(
      time = fit$time, at_risk = fit$n.risk, events = fit$n.event, censored = fit$n.censor,
      survival = fit$surv, std_error = fit$surv * fit$std.err, conf_low = fit$lower,
      conf_high = fit$upper
    ),
    asked = data.frame(time = asked, survival = read$surv, at_risk = read$n.risk),
    median = row[["median"]], median_low = row[["0.95LCL"]], median_high = row[["0.95UCL"]]
  )
}
drawn <- function(n, mean, followed) {
  event <- rexp(n, 1 / mean)
  end <- runif(n, 0, followed)
  list(time = round(pmin(event, end)), happened = event <= end)
}
one <- drawn(120, 45, 160)
few <- drawn(9, 30, 60)
open <- drawn(40, 150, 90)

write_json(
  list(
    many = curve(one$time, one$happened, c(0, 7, 30, 60, 90)),
    few = curve(few$time, few$happened, c(5, 10, 20)),
    mostly_open = curve(open$time, open$happened, c(10, 30, 60)),
    all_happen = curve(c(3, 5, 5, 8, 13, 21, 34), rep(TRUE, 7), c(1, 5, 13)),
    exactly_half = curve(c(2, 4, 6, 9), c(TRUE, TRUE, TRUE, FALSE), c(2, 5)),
    half_and_flat = curve(c(2, 4, 6, 9), c(TRUE, TRUE, FALSE, FALSE), c(4, 9)),
    same_day = curve(c(0, 0, 0, 4, 4, 7, 10), c(TRUE, TRUE, FALSE, TRUE, FALSE, TRUE, FALSE), c(0, 4))
  ),
  commandArgs(trailingOnly = TRUE)[1],
  digits = NA, auto_unbox = TRUE, dataframe = "columns", na = "null"
)
