# Reference numbers for tests/test_intraclass.py and tests/test_weighted_kappa.py.
#
#   Rscript tests/reference/agreement.R tests/reference/agreement.json
#
# Made with R 4.2.2, psych 2.2.9, lme4 1.1-31 (Debian 12). The table of Shrout and Fleiss is their
# published example; the other data are made here and stored with their numbers.
suppressMessages({
  library(psych)
  library(lme4)
  library(jsonlite)
})
set.seed(1979)

quiet <- function(expression) suppressMessages(suppressWarnings(expression))

# --- complete tables: the six forms ---

forms <- function(ratings) {
  found <- ICC(ratings, lmer = FALSE)$results
  names(found) <- c("type", "estimate", "statistic", "df1", "df2", "p_value", "conf_low", "conf_high")
  list(ratings = ratings, forms = found)
}
shrout_fleiss <- rbind(
  c(9, 2, 5, 8), c(6, 1, 3, 2), c(8, 4, 6, 8), c(7, 1, 2, 6), c(10, 5, 6, 9), c(6, 2, 4, 7)
)
severity <- c(0, 4, -3)
percent <- round(outer(rnorm(40, 70, 9), severity, "+") + rnorm(120, 0, 5), 1)
loose <- round(outer(rnorm(12, 3, 0.4), rnorm(5, 0, 0.3), "+") + rnorm(60, 0, 1))

# --- unequal numbers of ratings: one-way analysis of variance ---

sizes <- c(1, 2, 2, 3, 4, 2, 5, 1, 3, 2, 2, 6)
group <- rep(seq_along(sizes), sizes)
values <- round(rnorm(length(sizes), 50, 6)[group] + rnorm(length(group), 0, 4), 2)
one_way <- anova(lm(values ~ factor(group)))
n0 <- (sum(sizes) - sum(sizes^2) / sum(sizes)) / (length(sizes) - 1)
ratio <- one_way[1, "F value"]
icc_of <- function(f) (f - 1) / (f + n0 - 1)
df <- one_way[, "Df"]

# --- two of many raters a subject: variances of a mixed model ---

crossed <- function(subjects, raters, sd) {
  rows <- do.call(rbind, lapply(seq_len(subjects), function(subject) {
    data.frame(subject = subject, rater = sample(raters, sample(c(1, 2, 2, 3), 1)))
  }))
  effects <- rnorm(subjects, 0, sd[1])[rows$subject] + rnorm(raters, 0, sd[2])[rows$rater]
  rows$rating <- round(70 + effects + rnorm(nrow(rows), 0, sd[3]), 2)
  rows
}
precise <- lmerControl(optimizer = "bobyqa", optCtrl = list(rhoend = 1e-10, maxfun = 1e5))
mixed <- function(rows) {
  model <- quiet(lmer(rating ~ 1 + (1 | subject) + (1 | rater), rows, control = precise))
  parts <- as.data.frame(VarCorr(model))
  variances <- setNames(as.list(parts$vcov), parts$grp)
  c(list(rows = rows), variances)
}

# --- two raters on an ordered scale: kappa ---

kappas <- function(first, second, levels) {
  k <- length(levels)
  linear <- 1 - abs(row(diag(k)) - col(diag(k))) / (k - 1)
  pairs <- data.frame(first = factor(first, levels), second = factor(second, levels))
  by_default <- quiet(cohen.kappa(pairs, levels = levels))
  list(
    first = first,
    second = second,
    unweighted = by_default$kappa,
    quadratic = by_default$weighted.kappa,
    linear = quiet(cohen.kappa(pairs, w = linear, levels = levels))$weighted.kappa
  )
}
scale_of <- function(x, top) pmin(pmax(round(x), 0), top)
true_3 <- rnorm(80, 1.2, 0.9)
true_7 <- rnorm(60, 3, 1.5)

result <- list(
  intraclass = list(
    shrout_fleiss = forms(shrout_fleiss),
    percent = forms(percent),
    loose = forms(loose)
  ),
  one_way = list(
    value = values,
    subject = group,
    ratings_a_subject = n0,
    statistic = ratio,
    df1 = df[1],
    df2 = df[2],
    p_value = one_way[1, "Pr(>F)"],
    estimate = icc_of(ratio),
    conf_low = icc_of(ratio / qf(0.975, df[1], df[2])),
    conf_high = icc_of(ratio * qf(0.975, df[2], df[1]))
  ),
  mixed = list(
    many_raters = mixed(crossed(70, 9, c(6, 3, 4))),
    small = mixed(crossed(14, 4, c(3, 1.5, 2)))
  ),
  kappa = list(
    three = kappas(scale_of(true_3 + rnorm(80, 0, 0.6), 2), scale_of(true_3 + rnorm(80, 0.2, 0.6), 2), 0:2),
    seven = kappas(scale_of(true_7 + rnorm(60), 6), scale_of(true_7 + rnorm(60), 6), 0:6),
    worse_than_chance = kappas(c(0, 0, 1, 1, 2, 2, 0, 1), c(2, 1, 0, 0, 0, 1, 2, 2), 0:2)
  )
)
write_json(
  result, commandArgs(trailingOnly = TRUE)[1],
  digits = NA, auto_unbox = TRUE, dataframe = "rows", matrix = "rowmajor"
)
