# Reference numbers for tests/test_curved_course.py, test_boosters.py, test_leavers.py and
# test_generations.py.
#
#   Rscript tests/reference/course_shapes.R tests/reference/course_shapes.json
#
# Made with R 4.2.2, lme4 1.1-31, lmerTest 3.1-3 and splines (Debian 12). The data come from the
# arithmetic below, which tests/reference/course_shapes.py repeats; no data are stored.
suppressMessages({
  library(lme4)
  library(lmerTest)
  library(splines)
  library(jsonlite)
})

SITES <- 12
PEOPLE <- 7 # a site
QUARTERS <- 8
UNIT <- 365.25 / 4 # days

# Numbers from 0 to 1 by the generator of Park and Miller (1988), exact in double precision.
uniforms <- function(count, seed) {
  state <- seed
  drawn <- numeric(count)
  for (i in seq_len(count)) {
    state <- (16807 * state) %% 2147483647
    drawn[i] <- state / 2147483647
  }
  drawn
}
# Nearly normal numbers: sums of twelve uniforms.
normals <- function(count, seed) {
  rowSums(matrix(uniforms(12 * count, seed), ncol = 12, byrow = TRUE)) - 6
}

# One row a practitioner. Numbers of sites and people count from 0.
people <- expand.grid(member = 0:(PEOPLE - 1), site = 0:(SITES - 1))
people$person <- people$site * PEOPLE + people$member
people$generation <- c(1, 1, 1, 2, 2, 3, 3)[people$member + 1]
people$trained <- ifelse(people$member < 4, -100, 20 * people$member + 5 * people$site)
people$left <- ifelse(people$member == 3, 400 + 10 * people$site, Inf)
booster <- ifelse(0:(SITES - 1) < 6, 250 + 40 * (0:(SITES - 1)), Inf) # day, by site

# Two planned observations of everyone in every quarter.
rows <- expand.grid(slot = 0:1, quarter = 0:(QUARTERS - 1), person = people$person)
rows <- merge(rows, people, by = "person")
rows <- rows[order(rows$person, rows$quarter, rows$slot), ]
count <- nrow(rows)
rows$day <- rows$quarter * 91 + floor(90 * uniforms(count, 11))
rows$supervisor <- as.numeric(uniforms(count, 12) < 0.4)
rows$rater <- rows$site * 2 + rows$supervisor
rows$quarters <- rows$day / UNIT
rows$since <- pmax(rows$day - booster[rows$site + 1], 0) / UNIT
rows$fidelity <- 70 - 0.5 * rows$quarters - 0.4 * (rows$quarters - 4)^2 +
  2.5 * rows$supervisor +
  3 * (rows$since > 0) + 0.5 * rows$since +
  ifelse(is.finite(rows$left), -4 - 0.3 * rows$quarters, 0) -
  2 * (rows$generation - 1) +
  4 * normals(SITES, 21)[rows$site + 1] +
  normals(SITES, 22)[rows$site + 1] * rows$quarters +
  5 * normals(SITES * PEOPLE, 23)[rows$person + 1] +
  0.6 * normals(SITES * PEOPLE, 24)[rows$person + 1] * rows$quarters +
  1.5 * normals(SITES * 2, 25)[rows$rater + 1] +
  5 * normals(count, 26)
seen <- rows[rows$day > rows$trained & rows$day < rows$left, ]

precise <- lmerControl(optimizer = "bobyqa", optCtrl = list(rhoend = 1e-10, maxfun = 1e5))
RANDOM <- "+ (1 + quarters | person) + (1 + quarters | site) + (1 | rater)"
fit <- function(fixed, reml = TRUE) {
  formula <- as.formula(paste("fidelity ~ supervisor +", fixed, RANDOM))
  model <- lmer(formula, seen, REML = reml, control = precise)
  stopifnot(!isSingular(model))
  model
}
# Estimate, error, degrees of freedom and p value of one combination of fixed effects.
asked <- function(model, weights) {
  row <- contest1D(model, weights, joint = FALSE)
  list(
    estimate = row[["Estimate"]], std_error = row[["Std. Error"]], df = row[["df"]],
    p_value = row[["Pr(>|t|)"]]
  )
}
at_term <- function(model, term) {
  asked(model, as.numeric(names(fixef(model)) == term))
}

# The course: straight line against natural spline.
NOW <- QUARTERS * 91.3125 / UNIT
knots <- quantile(seen$quarters, c(1 / 3, 2 / 3), names = FALSE)
ends <- range(seen$quarters)
basis <- function(x) ns(x, knots = knots, Boundary.knots = ends)
straight <- fit("quarters", FALSE)
bent <- fit("basis(quarters)", FALSE)
curve <- fit("basis(quarters)")
# Columns of the fixed part: constant, supervisor, spline.
at <- function(time) c(1, 0, as.numeric(basis(time)))
compared <- suppressMessages(anova(straight, bent, refit = FALSE))

# Boosters: the latest before the observation, if it is after the first observation.
first_seen <- ave(seen$day, seen$person, FUN = min)
day_of <- booster[seen$site + 1]
seen$after <- as.numeric(day_of < seen$day & day_of > first_seen)
seen$boosted <- ifelse(seen$after == 1, (seen$day - day_of) / UNIT, 0)
# The course besides may bend.
seen$ever <- ave(seen$after, seen$person, FUN = max)
everyone <- seen
seen <- seen[!(seen$ever == 0 & first_seen >= day_of), ] # who came after the booster
knots <- quantile(seen$quarters, c(1 / 3, 2 / 3), names = FALSE)
ends <- range(seen$quarters)
boosted <- fit("basis(quarters) + ever + after + boosted")
seen <- everyone
knots <- quantile(seen$quarters, c(1 / 3, 2 / 3), names = FALSE)
ends <- range(seen$quarters)

# Those who left, from the mean day.
middle <- mean(seen$quarters)
seen$gone <- as.numeric(is.finite(seen$left))
seen$gone_quarters <- seen$gone * (seen$quarters - middle)
parted <- fit("quarters + gone + gone_quarters")

# Generations, the training date held equal.
seen$step <- seen$generation - 1
seen$later <- pmax(seen$trained / UNIT, 0) / 4
seen$second <- as.numeric(seen$generation == 2)
seen$third <- as.numeric(seen$generation == 3)
handed_down <- fit("quarters + step + later")
not_held_equal <- fit("quarters + step")
by_generation <- fit("quarters + second + third + later")

answers <- list(
  n_observations = nrow(seen),
  mean_fidelity = mean(seen$fidelity),
  curve = list(
    minus_two_log_likelihood_straight = -2 * as.numeric(logLik(straight)),
    minus_two_log_likelihood_bent = -2 * as.numeric(logLik(bent)),
    p_value = compared[["Pr(>Chisq)"]][2],
    levels = lapply(c(1:(QUARTERS - 1), NOW), function(time) asked(curve, at(time))),
    early = asked(curve, (at(4) - at(0)) / 4),
    recent = asked(curve, (at(NOW) - at(NOW - 4)) / 4)
  ),
  boosters = list(
    mean = asked(boosted, c(0, 0, 0, 0, 0, 0, 1, 2)),
    after = lapply(0:4, function(since) asked(boosted, c(0, 0, 0, 0, 0, 0, 1, since)))
  ),
  leavers = list(
    difference = at_term(parted, "gone"),
    stayed_level = asked(parted, c(1, 0, middle, 0, 0)),
    left_level = asked(parted, c(1, 0, middle, 1, 0)),
    stayed_slope = asked(parted, c(0, 0, 1, 0, 0)),
    left_slope = asked(parted, c(0, 0, 1, 0, 1))
  ),
  generations = list(
    step = at_term(handed_down, "step"),
    step_not_held_equal = at_term(not_held_equal, "step"),
    second = at_term(by_generation, "second"),
    third = at_term(by_generation, "third")
  )
)
write_json(answers, commandArgs(trailingOnly = TRUE)[1], auto_unbox = TRUE, digits = 10, pretty = TRUE)
