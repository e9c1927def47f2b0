# Reference numbers for tests/test_competing_events.py.
#
#   Rscript tests/reference/competing_events.R tests/reference/competing_events.json
#
# Made with R 4.2.2, cmprsk 2.2-11, survival 3.5-3 (Debian 12). All data are made here and stored with their
# numbers. std_error is cuminc's; robust is survfit's infinitesimal jackknife, and clustered
# is made of its influences.
suppressMessages({
  library(cmprsk)
  library(survival)
  library(jsonlite)
})
set.seed(1978)

curves <- function(time, event, group) {
  asked <- sort(unique(time))
  kinds <- sort(unique(event[event != ""]))
  state <- factor(event, levels = c("", kinds), labels = c("open", kinds))
  gray <- timepoints(cuminc(time, event, cencode = ""), asked)
  alone <- survfit(Surv(time, state) ~ 1, id = seq_along(time))
  # survfit 3.5-3 takes no heed of cluster= where there are states, so what each subject adds to the
  # curve (its influence) is summed over clusters here.
  added <- survfit(Surv(time, state) ~ 1, id = seq_along(time), influence = TRUE)$influence.pstate
  added <- added[, dim(added)[2] - length(asked) + seq_along(asked), ] # without the start
  rows <- lapply(kinds, function(kind) {
    at <- paste("1", kind)
    column <- which(alone$states == kind)
    data.frame(
      kind = kind, time = asked,
      at_risk = alone$n.risk[, 1],
      incidence = as.numeric(gray$est[at, ]), std_error = sqrt(as.numeric(gray$var[at, ])),
      incidence_again = alone$pstate[, column],
      robust = alone$std.err[, column], clustered = sqrt(colSums(rowsum(added[, , column], group)^2))
    )
  })
  stopifnot(all(alone$time == asked))
  list(time = time, event = event, group = group, curves = do.call(rbind, rows))
}
drawn <- function(n, groups, rate_done, rate_closed, followed, digits = 0) {
  group <- sample(seq_len(groups), n, replace = TRUE)
  lean <- exp(rnorm(groups, 0, 0.7))[group]
  done <- rexp(n, rate_done * lean)
  closed <- rexp(n, rate_closed)
  end <- runif(n, 0, followed)
  time <- pmin(done, closed, end)
  event <- ifelse(end <= pmin(done, closed), "", ifelse(done < closed, "done", "closed"))
  curves(round(time, digits), event, group)
}

write_json(
  list(
    many_ties = drawn(400, 25, 1 / 40, 1 / 120, 160),
    no_ties = drawn(90, 12, 1 / 40, 1 / 60, 160, 8),
    few = drawn(14, 5, 1 / 30, 1 / 60, 90),
    mostly_open = drawn(60, 9, 1 / 300, 1 / 400, 90),
    three_kinds = {
      one <- drawn(150, 18, 1 / 50, 1 / 80, 200)
      event <- ifelse(one$event == "closed" & one$time %% 2 == 0, "moved", one$event)
      curves(one$time, event, one$group)
    },
    all_end = curves(
      c(2, 3, 3, 5, 8, 8, 8, 13), c("done", "done", "closed", "closed", "done", "done", "closed", "done"),
      c(1, 1, 2, 2, 3, 3, 4, 4)
    ),
    one_kind = curves(
      c(1, 2, 2, 4, 6, 9, 9, 12), c("done", "done", "", "done", "", "done", "done", ""),
      c(1, 2, 3, 1, 2, 3, 1, 2)
    )
  ),
  commandArgs(trailingOnly = TRUE)[1],
  digits = NA, auto_unbox = TRUE, dataframe = "columns", na = "null"
)
