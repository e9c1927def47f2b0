# Reference numbers for tests/test_mixed_inference.py.
#
#   Rscript tests/reference/mixed_inference.R tests/reference/mixed_inference.json
#
# Made with R 4.2.2, lme4 1.1-31, lmerTest 3.1-3, pbkrtest 0.5.2, emmeans 1.8.4, performance 0.10.2
# (Debian 12). The data sets come with lme4 and nlme; only numbers computed from them are stored.
suppressMessages({
  library(lme4)
  library(lmerTest)
  library(emmeans)
  library(performance)
  library(jsonlite)
})

Orthodont <- as.data.frame(nlme::Orthodont)
Orthodont$Subject <- as.character(Orthodont$Subject)
Orthodont$years <- Orthodont$age - 11
Oats <- as.data.frame(nlme::Oats)
Oats$Block <- as.character(Oats$Block)
Oats$Variety <- as.character(Oats$Variety)
Oats$BV <- paste(Oats$Block, Oats$Variety)

precise <- lmerControl(
  optimizer = "nloptwrap",
  optCtrl = list(algorithm = "NLOPT_LN_BOBYQA", xtol_abs = 1e-12, ftol_abs = 1e-12, maxeval = 1e5)
)
fit <- function(formula, data, reml = TRUE) lmer(formula, data, REML = reml, control = precise)
quiet <- function(expression) suppressMessages(suppressWarnings(expression))
intervals <- function(model) {
  table <- quiet(confint(model, method = "profile", parm = "theta_", oldNames = FALSE))
  data.frame(name = rownames(table), conf_low = table[, 1], conf_high = table[, 2])
}
shares <- function(model) {
  found <- quiet(r2_nakagawa(model))
  list(marginal = unname(found$R2_marginal), conditional = unname(found$R2_conditional))
}

sleep <- fit(Reaction ~ Days + (Days | Subject), sleepstudy)
sleep_intercept <- fit(Reaction ~ Days + (1 | Subject), sleepstudy)
sleep_uncorrelated <- fit(Reaction ~ Days + (Days || Subject), sleepstudy)
sleep_ml <- fit(Reaction ~ Days + (Days | Subject), sleepstudy, FALSE)
sleep_ml_flat <- fit(Reaction ~ 1 + (Days | Subject), sleepstudy, FALSE)
teeth <- fit(distance ~ years * Sex + (years | Subject), Orthodont)
oats_plain <- fit(yield ~ nitro + Variety + (1 | Block) + (1 | BV), Oats)
dyestuff <- fit(Yield ~ 1 + (1 | Batch), Dyestuff)

means <- function(model, formula, df = "kenward-roger", ...) {
  as.data.frame(emmeans(model, formula, lmer.df = df, ...))
}
oats_test <- as.data.frame(anova(oats_plain, ddf = "Kenward-Roger"))["Variety", ]
answers <- list(
  teeth_means = means(teeth, ~Sex, at = list(years = 0)),
  teeth_means_satterthwaite = means(teeth, ~Sex, "satterthwaite", at = list(years = 0)),
  teeth_trends = as.data.frame(emtrends(teeth, ~Sex, var = "years", lmer.df = "kenward-roger")),
  oats_means = means(oats_plain, ~Variety),
  oats_pairs = as.data.frame(pairs(emmeans(oats_plain, ~Variety, lmer.df = "kenward-roger"))),
  oats_variety_f = list(
    statistic = oats_test[["F value"]], df_denominator = oats_test[["DenDF"]],
    p_value = oats_test[["Pr(>F)"]]
  ),
  sleep_slope_statistic = REMLcrit(sleep_intercept) - REMLcrit(sleep_uncorrelated),
  sleep_both_statistic = REMLcrit(sleep_intercept) - REMLcrit(sleep),
  sleep_days_statistic = deviance(sleep_ml_flat, REML = FALSE) - deviance(sleep_ml, REML = FALSE),
  sleep_days_p = anova(sleep_ml_flat, sleep_ml)[2, "Pr(>Chisq)"],
  sleep_intervals = intervals(sleep),
  dyestuff_intervals = intervals(dyestuff),
  oats_intervals = intervals(oats_plain),
  teeth_intervals = intervals(teeth),
  sleep_r_squared = shares(sleep),
  oats_r_squared = shares(oats_plain)
)
write_json(answers, commandArgs(trailingOnly = TRUE)[1], digits = NA, auto_unbox = TRUE)
