# Reference numbers for tests/test_items.py.
#
#   python tests/reference/item_data.py FOLDER
#   Rscript tests/reference/item_models.R tests/reference/item_models.json FOLDER
#
# Made with R 4.2.2, lme4 1.1-31, ordinal 2022.11-16 (Debian 12). cbpp and VerbAgg come with lme4,
# wine with ordinal; only numbers computed from them are stored.
#
# The criteria are lme4's and ordinal's own functions. Their minima and second derivatives are found
# here by Newton steps on fourth-order differences, because the printed ones are differences over
# 1e-4 of a criterion with noise in it: for wine, clmm's standard errors move by two percent with
# its inner tolerance. `printed` keeps what lme4 and ordinal print.
suppressMessages({
  library(lme4)
  library(ordinal)
  library(jsonlite)
})
arguments <- commandArgs(trailingOnly = TRUE)
folder <- arguments[2]

slope <- function(f, x, h) {
  sapply(seq_along(x), function(j) {
    e <- replace(numeric(length(x)), j, h[j])
    (8 * (f(x + e) - f(x - e)) - (f(x + 2 * e) - f(x - 2 * e))) / (12 * h[j])
  })
}
bend <- function(f, x, h) {
  p <- length(x)
  cross <- function(i, j, s) {
    a <- replace(numeric(p), i, s * h[i])
    b <- replace(numeric(p), j, s * h[j])
    if (i == j) return((f(x + a) - 2 * f(x) + f(x - a)) / (s * h[i])^2)
    (f(x + a + b) - f(x + a - b) - f(x - a + b) + f(x - a - b)) / (4 * s^2 * h[i] * h[j])
  }
  H <- matrix(0, p, p)
  for (i in 1:p) for (j in i:p) H[i, j] <- H[j, i] <- (4 * cross(i, j, 1) - cross(i, j, 2)) / 3
  H
}
polish <- function(f, x, h, rounds = 3) {
  H <- bend(f, x, h)
  for (k in seq_len(rounds)) x <- x - solve(H, slope(f, x, h))
  list(par = x, value = f(x), hessian = bend(f, x, h))
}

out <- list()
from_glmer <- function(name, formula, data, nAGQ = 1, modes = FALSE) {
  control <- glmerControl(optimizer = "nloptwrap", tolPwrss = 1e-13, optCtrl = list(
    algorithm = "NLOPT_LN_BOBYQA", xtol_abs = 1e-10, ftol_abs = 1e-12, maxeval = 1e5
  ))
  fit <- suppressWarnings(glmer(formula, data, binomial, nAGQ = nAGQ, control = control))
  f <- suppressWarnings(update(fit, devFunOnly = TRUE))
  theta <- getME(fit, "theta")
  n <- length(theta)
  se <- sqrt(diag(as.matrix(vcov(fit))))
  best <- polish(f, c(theta, fixef(fit)), c(rep(0.02, n), se / 20))
  cov <- 2 * solve(best$hessian)
  names(best$par) <- NULL
  vc <- mkVarCorr(1, fit@cnms, sapply(fit@cnms, length), best$par[1:n], names(fit@cnms))
  answer <- list(
    formula = deparse1(formula), quadrature = nAGQ, criterion = best$value,
    terms = names(fixef(fit)), estimate = best$par[-(1:n)], std_error = sqrt(diag(cov))[-(1:n)],
    sd = unlist(lapply(vc, function(v) attr(v, "stddev")), use.names = FALSE),
    correlation = unlist(lapply(vc, function(v) attr(v, "correlation")[lower.tri(v)]),
                         use.names = FALSE),
    printed = list(criterion = -2 * as.numeric(logLik(fit)), estimate = unname(fixef(fit)),
                   std_error = unname(se))
  )
  if (modes) {
    stay <- glmerControl(
      optimizer = "nloptwrap", tolPwrss = 1e-13, nAGQ0initStep = FALSE, optCtrl = list(maxeval = 1)
    )
    start <- list(theta = best$par[1:n], fixef = setNames(best$par[-(1:n)], names(fixef(fit))))
    there <- suppressWarnings(glmer(formula, data, binomial, control = stay, start = start))
    stopifnot(max(abs(getME(there, "theta") - start$theta)) < 1e-12)
    table <- as.data.frame(ranef(there, condVar = TRUE))
    answer$modes <- data.frame(
      group = as.character(table$grpvar), term = as.character(table$term),
      level = as.character(table$grp), mode = table$condval, sd = table$condsd
    )
  }
  out[[name]] <<- answer
  cat(name, "\n")
}
from_clmm <- function(name, formula, data, nAGQ = 1) {
  control <- clmm.control(gradTol = 1e-6)
  fit <- clmm(formula, data, nAGQ = nAGQ, control = control)
  rho <- clmm(formula, data, nAGQ = nAGQ, control = control, doFit = FALSE)
  rho <- if (is.environment(rho)) rho else rho$rho
  one <- length(fit$ST) == 1 # then ordinal's parameter is the log of the sd
  getter <- if (!one) ordinal:::getNLA else if (nAGQ == 1) ordinal:::getNLA.ssr else
    ordinal:::getNAGQ.ssr
  f <- function(x) 2 * getter(rho, x)
  x <- unname(fit$optRes$par)
  p <- length(coef(fit))
  best <- polish(f, x, c(sqrt(diag(vcov(fit)))[1:p] / 20, rep(0.03, length(x) - p)))
  out[[name]] <<- list(
    formula = deparse1(formula), quadrature = nAGQ, criterion = best$value,
    terms = names(coef(fit)), estimate = best$par[1:p],
    std_error = sqrt(diag(2 * solve(best$hessian)))[1:p], sd = if (one) exp(best$par[-(1:p)]) else best$par[-(1:p)],
    printed = list(criterion = -2 * as.numeric(fit$logLik), estimate = unname(coef(fit)),
                   std_error = unname(coef(summary(fit))[, 2]),
                   sd = unname(sapply(fit$ST, as.numeric)))
  )
  cat(name, "\n")
}

for (q in c(1, 5, 10, 25)) {
  from_glmer(paste0("cbpp_", q), cbind(incidence, size - incidence) ~ period + (1 | herd),
             lme4::cbpp, q, modes = q == 1)
}
wine <- ordinal::wine
from_clmm("wine_1", rating ~ temp + contact + (1 | judge), wine)
from_clmm("wine_10", rating ~ temp + contact + (1 | judge), wine, 10)

counts <- read.csv(file.path(folder, "counts.csv"))
counts <- within(counts, {
  practitioner <- factor(practitioner)
  site <- factor(site)
})
from_glmer("counts_slopes", cbind(met, applicable - met) ~ quarters + coached +
             (1 + quarters | practitioner) + (1 | site), counts, modes = TRUE)
from_glmer("counts_15", cbind(met, applicable - met) ~ quarters + coached + (1 | practitioner),
           counts, 15)

answers <- read.csv(file.path(folder, "answers.csv"))
answers <- within(answers, {
  practitioner <- factor(practitioner)
  site <- factor(site)
  item <- factor(item)
  rating <- ordered(rating)
})
from_clmm("answers", rating ~ quarters + coached + (1 | practitioner) + (1 | site) + (1 | item),
          answers)

verbal <- lme4::VerbAgg
from_glmer("VerbAgg", r2 ~ Anger + Gender + btype + situ + (1 | id) + (1 | item), verbal)
write_json(out, arguments[1], digits = NA, auto_unbox = TRUE, pretty = TRUE)
