# Reference numbers for tests/test_variance_trend.py: nlme's varExp(form = ~ time).
#
#   Rscript tests/reference/variance_trend.R tests/reference/variance_trend.json
#
# Made with R 4.2.2, nlme 3.1-162, lme4 1.1-31 (Debian 12). The first two data sets come with lme4
# and nlme, so that only numbers computed from them are stored; the third is simulated here and
# stored whole.
suppressMessages({
  library(nlme)
  library(jsonlite)
})

precise <- lmeControl(
  maxIter = 500, msMaxIter = 1000, niterEM = 50, msMaxEval = 5000, tolerance = 1e-9,
  msTol = 1e-11, returnObject = TRUE
)

simulate_nested <- function() {
  set.seed(20260930)
  teams <- 14; people <- 5; times <- 8
  data <- expand.grid(week = 0:(times - 1), person = 1:people, team = 1:teams)
  data$person <- paste(data$team, data$person)
  data <- data[runif(nrow(data)) > 0.15, ]
  data$week <- data$week + round(runif(nrow(data)), 2)
  team <- matrix(rnorm(2 * teams), teams) %*% diag(c(3, 0.5))
  person <- matrix(rnorm(2 * teams * people), teams * people) %*% diag(c(4, 0.4))
  rownames(person) <- unique(data$person)
  data$score <- 60 - 0.5 * data$week + team[data$team, 1] + team[data$team, 2] * data$week +
    person[data$person, 1] + person[data$person, 2] * data$week +
    4 * exp(-0.09 * data$week) * rnorm(nrow(data))
  data$score <- round(data$score, 2)
  data$team <- sprintf("t%02d", data$team)
  data
}

# The profile over d, with d held: where it stands chi-square's 95% point above its minimum.
profile_end <- function(refit, best, lowest, side, reach) {
  uniroot(
    function(d) -2 * as.numeric(logLik(refit(d))) - lowest - qchisq(0.95, 1),
    sort(best + side * c(0.2, 3) * reach), tol = 1e-7
  )$root
}

answer <- function(fixed, random, data, time, reml) {
  method <- if (reml) "REML" else "ML"
  fit <- function(weights) {
    lme(fixed, data, random, weights = weights, method = method, control = precise)
  }
  form <- as.formula(paste("~", time))
  flat <- fit(NULL)
  trend <- fit(varExp(form = form))
  d <- unname(coef(trend$modelStruct$varStruct, unconstrained = FALSE))
  sigma <- intervals(trend, which = "var-cov")$sigma
  d_interval <- intervals(trend, which = "var-cov")$varStruct
  reach <- (d_interval[3] - d_interval[1]) / 2 / 1.96
  refit <- function(held) fit(varExp(form = form, fixed = held))
  lowest <- -2 * as.numeric(logLik(trend))
  list(
    d = d,
    log_likelihood = as.numeric(logLik(trend)),
    log_likelihood_flat = as.numeric(logLik(flat)),
    statistic = anova(flat, trend)$L.Ratio[2],
    p_value = anova(flat, trend)[["p-value"]][2],
    sigma_at_zero = trend$sigma,
    sigma_low = unname(sigma[1]),
    sigma_high = unname(sigma[3]),
    profile_low = profile_end(refit, d, lowest, -1, reach),
    profile_high = profile_end(refit, d, lowest, 1, reach),
    fixed_effects = unname(fixef(trend)),
    n = nrow(data)
  )
}

sleepstudy <- as.data.frame(lme4::sleepstudy)
teeth <- as.data.frame(nlme::Orthodont)
teeth$Subject <- factor(as.character(teeth$Subject))
teeth$years <- teeth$age - 11
nested <- simulate_nested()

both <- function(fixed, random, data, time) {
  list(
    reml = answer(fixed, random, data, time, TRUE), ml = answer(fixed, random, data, time, FALSE)
  )
}
answers <- list(
  sleep = both(Reaction ~ Days, ~ Days | Subject, sleepstudy, "Days"),
  teeth = both(distance ~ years, ~ 1 | Subject, teeth, "years"),
  nested = both(score ~ week, list(team = ~week, person = ~week), nested, "week"),
  nested_data = as.list(nested[c("team", "person", "week", "score")])
)
write_json(answers, commandArgs(TRUE)[1], auto_unbox = TRUE, digits = 12)
