# Reference numbers for tests/test_raters.py.
#
#   Rscript tests/reference/rating_dates.R tests/reference/rating_dates.json VIDEO_RATINGS.csv
#
# Made with R 4.2.2, lme4 1.1-31, lmerTest 3.1-3 (Debian 12), from the ratings of Chile in the OECD
# Global Teaching InSights video study (OECD 2020; file GTI-VidComp-Data.csv of the repository
# stefaniemeliss/Global_Teaching_InSights, rows of Chile). Only numbers computed from them are
# stored. A rating's score is the mean over segments of COM_SCORE_TOT_C, the study's own total.
suppressMessages({
  library(lme4)
  library(lmerTest)
  library(jsonlite)
})

arguments <- commandArgs(trailingOnly = TRUE)
ratings <- read.csv(arguments[2])
ratings$score <- rowMeans(ratings[grep("^COM_SCORE_TOT_C_S", names(ratings))], na.rm = TRUE)
rated <- with(ratings, as.Date(sprintf("%04d-%02d-%02d", DATE_RATE_Y, DATE_RATE_M, DATE_RATE_D)))
taught <- as.Date(sub(".*(.{8})$", "\\1", ratings$IDVIDEO), "%d%m%Y")
ratings$weeks <- as.numeric(rated - min(rated)) / 7
ratings$weeks_taught <- as.numeric(taught - min(taught)) / 7

precise <- lmerControl(
  optimizer = "nloptwrap",
  optCtrl = list(algorithm = "NLOPT_LN_BOBYQA", xtol_abs = 1e-12, ftol_abs = 1e-12, maxeval = 1e5)
)
answer <- function(formula, reml) {
  model <- lmer(formula, ratings, REML = reml, control = precise)
  fixed <- as.data.frame(coef(summary(model)))["weeks", ]
  spread <- as.data.frame(VarCorr(model))
  interval <- fixed[["Estimate"]] + c(-1, 1) * qt(0.975, fixed[["df"]]) * fixed[["Std. Error"]]
  list(
    formula = paste(deparse(formula), collapse = ""), reml = reml, n = nobs(model),
    slope = fixed[["Estimate"]], std_error = fixed[["Std. Error"]], df = fixed[["df"]],
    p_value = fixed[["Pr(>|t|)"]], conf_low = interval[1], conf_high = interval[2],
    variances = as.list(setNames(spread$vcov, spread$grp))
  )
}

by_lesson <- score ~ weeks + (1 | IDVIDEO) + (1 | IDRATER)
joint <- score ~ weeks + weeks_taught + (1 | T_ID) + (1 | IDVIDEO) + (1 | IDRATER)
answers <- list(
  by_lesson_ml = answer(by_lesson, FALSE),
  by_lesson_reml = answer(by_lesson, TRUE),
  joint_reml = answer(joint, TRUE),
  tie = cor(ratings$weeks, ratings$weeks_taught)^2
)
write_json(answers, arguments[1], digits = I(17), auto_unbox = TRUE, pretty = TRUE)
