# Reference numbers for tests/test_ownership.py.
#
#   Rscript tests/reference/ownership.R tests/reference/ownership.json
#
# Made with R 4.2.2, lme4 1.1-31 and lmerTest 3.1-3 (Debian 12). All data are made here and stored
# with their numbers. The sites' model gives every site a level and a trend of its own.
suppressMessages({
  library(lmerTest)
  library(jsonlite)
})
set.seed(2024)

people <- 24
site <- rep(c("A", "B", "C"), each = people / 3)
plans <- data.frame(practitioner = rep(seq_len(people), each = 3))
plans$plan <- seq_len(nrow(plans))
level <- rnorm(people, 0, 4)[plans$practitioner] + rnorm(nrow(plans), 0, 10)
slope <- rnorm(people, 0, 0.6)[plans$practitioner] + rnorm(nrow(plans), 0, 0.8)
rows <- do.call(rbind, lapply(seq_len(nrow(plans)), function(one) {
  times <- sample(2:5, 1)
  days <- round(91.3 * (seq_len(times) - 1)) + sample(0:10, times, replace = TRUE)
  months <- days / 30.4375
  said <- 62 + level[one] + (-1 + slope[one]) * months + rnorm(times, 0, 6)
  data.frame(
    plan_id = sprintf("P%02d", one), practitioner_id = sprintf("W%02d", plans$practitioner[one]),
    site_id = site[plans$practitioner[one]], days = days, ownership = round(said, 1)
  )
}))
rows$months <- rows$days / 30.4375

control <- lmerControl(optimizer = "bobyqa", optCtrl = list(rhobeg = 2e-3, rhoend = 1e-9, maxfun = 1e6))
random <- "(1 + months | plan_id) + (1 + months | practitioner_id)"
answer <- function(fit, weights) {
  found <- contest1D(fit, weights, confint = TRUE, level = 0.95)
  list(
    estimate = found[["Estimate"]], std_error = found[["Std. Error"]], df = found[["df"]],
    conf_low = found[["lower"]], conf_high = found[["upper"]]
  )
}
whole <- lmer(as.formula(paste("ownership ~ months +", random)), rows, control = control)
sites <- lmer(as.formula(paste("ownership ~ site_id * months +", random)), rows, control = control)
# Order of the sites' effects: intercept, B, C, months, B:months, C:months.
at <- function(b, c, m, slope_only = FALSE) {
  c(1 - slope_only, b * (1 - slope_only), c * (1 - slope_only), m, b * m, c * m)
}
by_site <- list(
  A = list(level = answer(sites, at(0, 0, 6)), slope = answer(sites, at(0, 0, 1, TRUE))),
  B = list(level = answer(sites, at(1, 0, 6)), slope = answer(sites, at(1, 0, 1, TRUE))),
  C = list(level = answer(sites, at(0, 1, 6)), slope = answer(sites, at(0, 1, 1, TRUE)))
)
write_json(
  list(
    rows = rows[c("plan_id", "practitioner_id", "site_id", "days", "ownership")],
    criterion = -2 * as.numeric(logLik(whole)),
    network = list(level = answer(whole, c(1, 6)), slope = answer(whole, c(0, 1))),
    sites = by_site
  ),
  commandArgs(trailingOnly = TRUE)[1],
  digits = NA, auto_unbox = TRUE, dataframe = "columns"
)
