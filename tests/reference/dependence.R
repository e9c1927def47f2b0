# Reference numbers for tests/test_dependence.py.
#
#   Rscript tests/reference/dependence.R tests/reference/dependence.json
#
# Made with R 4.2.2, lme4 1.1-31 (Debian 12). The data are made here and stored with their numbers.
# Support beside the plan's usual and all covariates are computed anew here, from the periods.
suppressMessages({
  library(lme4)
  library(jsonlite)
})
set.seed(1976)
sites <- 3
people <- 8
plans <- 3
months <- 7
slope <- c(0, 0.6, 1.2)

firsts <- seq(as.Date("2025-01-01"), by = "month", length.out = months + 1)
rows <- expand.grid(month = seq_len(months), plan = seq_len(plans), person = seq_len(people),
                    site = seq_len(sites))
rows$practitioner_id <- sprintf("S%dP%d", rows$site, rows$person)
rows$plan_id <- sprintf("%sF%d", rows$practitioner_id, rows$plan)
rows$site_id <- sprintf("S%d", rows$site)
rows$period_start <- firsts[rows$month]
rows$period_end <- firsts[rows$month + 1] - 1
rows$days <- as.integer(rows$period_end - rows$period_start) + 1L
by_person <- setNames(rnorm(sites * people, 0, 0.5), unique(rows$practitioner_id))
steeper <- setNames(rnorm(sites * people, 0, 0.5), unique(rows$practitioner_id))
by_plan <- setNames(rnorm(sites * people * plans, 0, 0.5), unique(rows$plan_id))
rows$professional_hours <- round(2 * 6 * exp(rnorm(nrow(rows), 0, 0.7))) / 2
rows$professional_hours[sample(nrow(rows), 12)] <- 0
rows$months <- rows$month - 1 + rows$plan / 2
eta <- -1.7 + by_person[rows$practitioner_id] + by_plan[rows$plan_id] - 0.03 * rows$months +
  (slope[rows$site] + steeper[rows$practitioner_id]) * log2(pmax(rows$professional_hours, 0.5) / 6)
rows$open_actions <- 2L + rpois(nrow(rows), 3)
rows$done <- rbinom(nrow(rows), rows$open_actions, 1 - (1 - plogis(eta))^(rows$days / 15))
rows$open_days <- rows$days * (rows$open_actions - rows$done) + 15L * rows$done

rows <- rows[order(rows$plan_id, rows$period_start), ]
log2_hours <- log2(pmax(rows$professional_hours / rows$days * 30.4375, 0.5))
rows$usual <- ave(log2_hours, rows$plan_id, FUN = function(x) cumsum(x) / seq_along(x))
rows$relative <- log2_hours - rows$usual
rows$age <- rows$months - 6
rows$trials <- pmax(round((rows$open_days + 7 * rows$done) / 15), rows$done)
rows$quarter <- factor(quarters(rows$period_start))
control <- glmerControl(optimizer = "bobyqa", tolPwrss = 1e-13, optCtrl = list(maxfun = 2e5, rhoend = 1e-9))
fit <- glmer(
  cbind(done, trials - done) ~ 0 + site_id + site_id:relative + usual + age + I(age^2 / 12) +
    quarter + (1 | plan_id) + (1 | practitioner_id) + (0 + relative | practitioner_id),
  rows, binomial, control = control
)
b <- fixef(fit)
V <- as.matrix(vcov(fit))
own <- grep(":relative", names(b))
network <- rep(1 / sites, sites)
columns <- c("plan_id", "site_id", "practitioner_id", "days", "months", "professional_hours",
             "open_actions", "open_days", "done")
answer <- list(
  periods = c(lapply(rows[c("period_start", "period_end")], as.character), rows[columns]),
  criterion = -2 * as.numeric(logLik(fit)),
  slopes = unname(b[own]), errors = unname(sqrt(diag(V)[own])),
  network = sum(network * b[own]),
  network_error = sqrt(drop(network %*% V[own, own] %*% network)),
  between = unname(b["usual"]), between_error = sqrt(V["usual", "usual"]),
  modes = ranef(fit)$practitioner_id[["relative"]],
  practitioners = rownames(ranef(fit)$practitioner_id),
  sds = as.data.frame(VarCorr(fit))$sdcor
)
write_json(answer, commandArgs(TRUE)[1], digits = NA, auto_unbox = TRUE)
