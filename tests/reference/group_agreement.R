# Reference numbers for test_within_group_agreement.py, test_group_icc.py and test_consistency.py.
#
#   Rscript tests/reference/group_agreement.R tests/reference/group_agreement.json
#
# Made with R 4.2.2, multilevel 2.7, psych 2.2.9 (Debian 12). All data are made here and stored with
# their numbers.
suppressMessages({
  library(multilevel)
  library(psych)
  library(jsonlite)
})
set.seed(1999)

quiet <- function(expression) suppressMessages(suppressWarnings(expression))

# One row a respondent, one column an item: places differ, respondents differ, items differ.
answers <- function(sizes, loadings, options, sd_place, cut = 1) {
  place <- rep(seq_along(sizes), sizes)
  n <- length(place)
  trait <- rnorm(length(sizes), 0, sd_place)[place] + rnorm(n)
  latent <- outer(trait, loadings) + matrix(rnorm(n * length(loadings)), n) %*% diag(sqrt(1 - loadings^2))
  latent <- sweep(latent, 2, seq(-0.4, 0.4, length.out = length(loadings)), "+")
  middle <- mean(options)
  list(place = place, items = pmin(pmax(round(middle + cut * latent), min(options)), max(options)))
}

agreement <- function(made, options) {
  items <- made$items
  null <- (length(options)^2 - 1) / 12
  lindell <- rwg.j.lindell(items, made$place, ranvar = null)
  james <- rwg.j(items, made$place, ranvar = null)
  mean_ad <- ad.m(items, made$place, type = "mean")
  median_ad <- ad.m(items, made$place, type = "median")
  data.frame(
    place = lindell$grpid, n_respondents = lindell$gsize, rwg_star = lindell$rwg.lindell,
    rwg_j = james$rwg.j, ad_mean = mean_ad$AD.M, ad_median = median_ad$AD.M
  )
}

icc <- function(made) {
  scores <- rowMeans(made$items)
  fitted <- aov(scores ~ as.factor(made$place))
  list(icc1 = ICC1(fitted), icc2 = ICC2(fitted))
}

# psych fits the factor to correlations. For the sum of the items as they are, its unique variances
# are brought back to the items' own units; they do not depend on them.
reliability <- function(items) {
  covariance <- cov(items)
  correlation <- cor(items)
  unique <- quiet(fa(items, nfactors = 1, fm = "ml"))$uniquenesses
  tight <- factanal(items, 1, control = list(opt = list(factr = 1e4, maxit = 10000)))
  raw <- quiet(alpha(items))$total
  ends <- alpha.ci(raw$raw_alpha, nrow(items), ncol(items))
  list(
    alpha = raw$raw_alpha, alpha_standardised = raw$std.alpha,
    alpha_low = ends$lower.ci, alpha_high = ends$upper.ci,
    omega_standardised = quiet(omega(items, nfactors = 1, fm = "ml", plot = FALSE))$omega.tot,
    omega = 1 - sum(unique * diag(covariance)) / sum(covariance),
    omega_factanal = 1 - sum(tight$uniquenesses * diag(covariance)) / sum(covariance),
    unique = unname(tight$uniquenesses)
  )
}

all_of <- function(made, options) {
  list(
    options = options, place = made$place, items = made$items,
    agreement = agreement(made, options), icc = icc(made), reliability = reliability(made$items)
  )
}

three <- answers(c(1, 4, 6, 3, 9, 5, 7, 2, 8, 6, 4, 12), c(.8, .6, .7, .5, .75), 0:2, 0.7)
seven <- answers(c(10, 14, 8, 12, 9, 20), c(.7, .5, .6, .4), 1:7, 0.5, cut = 1.6)
alike <- answers(rep(6, 15), c(.6, .6, .5, .7, .8, .4), 0:2, 0.9)
split <- answers(rep(8, 10), c(.6, .5, .7), 0:2, 0.1, cut = 3)

write_json(
  list(
    three = all_of(three, 0:2), seven = all_of(seven, 1:7), alike = all_of(alike, 0:2),
    split = all_of(split, 0:2)
  ),
  commandArgs(trailingOnly = TRUE)[1],
  digits = NA, auto_unbox = TRUE, dataframe = "columns", matrix = "rowmajor", na = "null"
)
