# Reference numbers for tests/test_links_to_fidelity.py and tests/test_outcome_links.py.
#
#   Rscript tests/reference/links.R tests/reference/links.json
#
# Made with R 4.2.2, lme4 1.1-31, lmerTest 3.1-3 (Debian 12). All data are made here and stored whole.
# Fidelity of the quarter before, its two parts and the middle of the quarters are worked out here
# anew. Every observation is by an independent rater.
suppressMessages({
  library(lmerTest)
  library(jsonlite)
})
set.seed(20261122)
sites <- 10; people <- 60; quarters <- 8; late <- 6:8

who <- data.frame(practitioner = 1:people, site = rep(1:sites, length.out = people))
who$level <- rnorm(people, 0, 6)
cells <- merge(who, data.frame(quarter = 1:quarters))
seen <- cells[rep(seq_len(nrow(cells)), 2), ]
wave <- rnorm(nrow(cells), 0, 5)
seen$fidelity <- round(70 + seen$level + rep(wave, 2) + rnorm(nrow(seen), 0, 4), 2)

lagged <- aggregate(fidelity ~ practitioner + quarter, seen, mean)
lagged$quarter <- lagged$quarter + 1
parts <- function(rows) {
  rows <- merge(rows, lagged, by = c("practitioner", "quarter"))
  own <- ave(rows$fidelity, rows$practitioner)
  rows$within <- (rows$fidelity - own) / 10
  rows$between <- (own - mean(own)) / 10
  rows$course <- rows$quarter - mean(rows$quarter)
  rows$fquarter <- factor(rows$quarter)
  rows
}

plans <- data.frame(plan = 1:(2 * people), practitioner = rep(1:people, 2))
plans <- merge(plans, who)
plans$open_for <- sample(0:6, nrow(plans), TRUE)
rows <- merge(plans, data.frame(quarter = late))
rows <- merge(rows, lagged, by = c("practitioner", "quarter"))
mean_of <- function(group, sd) rnorm(max(group), 0, sd)[group]
rows$months <- 3 * (rows$quarter - 6 + rows$open_for)
rows$ownership <- round(
  50 + 0.4 * (rows$fidelity - 70) - 0.3 * rows$months + mean_of(rows$plan, 7) +
    mean_of(rows$plan, 2.5) * (rows$quarter - 7) + mean_of(rows$practitioner, 5) +
    mean_of(rows$site, 4) + rnorm(nrow(rows), 0, 3), 2
)
actions <- rows[rep(seq_len(nrow(rows)), 5), ]
logit <- 0.08 * (actions$fidelity - 70) + mean_of(actions$plan, 1) +
  mean_of(actions$practitioner, 0.9) + mean_of(actions$site, 0.8)
actions$done <- as.integer(runif(nrow(actions)) < plogis(logit))

measure <- merge(who, lagged[lagged$quarter <= quarters, ], by = "practitioner")
measure$value <- round(
  20 + (0.3 + mean_of(measure$practitioner, 0.3)) * (measure$fidelity - 70) +
    mean_of(measure$practitioner, 5) + mean_of(measure$practitioner, 1) * (measure$quarter - 5) +
    mean_of(measure$site, 4) + rnorm(nrow(measure), 0, 2), 2
)

precise <- lmerControl(optimizer = "bobyqa", optCtrl = list(rhoend = 1e-10, maxfun = 1e6))
told <- function(fit, normal = FALSE) {
  table <- coef(summary(fit))[c("within", "between"), ]
  reach <- if (normal) qnorm(0.975) else qt(0.975, table[, "df"])
  list(
    singular = isSingular(fit),
    estimate = unname(table[, "Estimate"]),
    low = unname(table[, "Estimate"] - reach * table[, "Std. Error"]),
    high = unname(table[, "Estimate"] + reach * table[, "Std. Error"]),
    p_value = unname(table[, ncol(table)][1])
  )
}
own <- function(rows, ...) parts(rows[setdiff(names(rows), "fidelity")])
ownership <- lmer(
  ownership ~ within + between + fquarter + months + (1 + course | plan) + (1 | practitioner) +
    (1 | site), own(rows), control = precise
)
done <- glmer(
  done ~ within + between + fquarter + (1 | plan) + (1 | practitioner) + (1 | site), own(actions),
  binomial,
  control = glmerControl(optimizer = "bobyqa", tolPwrss = 1e-12,
                         optCtrl = list(rhoend = 1e-9, maxfun = 1e6))
)
value <- lmer(
  value ~ within + between + fquarter + (1 + course + within | practitioner) + (1 | site),
  own(measure), control = precise
)
columns <- function(rows, names) as.list(rows[c("practitioner", "site", "quarter", names)])
write_json(
  list(
    observations = columns(seen, "fidelity"),
    actions = columns(actions, c("plan", "done")),
    ratings = columns(rows, c("plan", "months", "ownership")),
    measure = columns(measure, "value"),
    ownership = told(ownership), done = told(done, normal = TRUE), value = told(value)
  ),
  commandArgs(TRUE)[1], auto_unbox = TRUE, digits = 12
)
