# Reference numbers for tests/test_lapse.py.
#
#   Rscript tests/reference/lapse.R tests/reference/lapse.json
#
# Made with R 4.2.2, survival 3.5-3 (Debian 12). The observations are made here and stored with their
# numbers; who is followed, and from when to when, is worked out here too, person by person.
suppressMessages({
  library(survival)
  library(jsonlite)
})
set.seed(1953)

CUT_OFF <- 80
seen <- do.call(rbind, lapply(seq_len(60), function(person) {
  visits <- sample(1:9, 1)
  day <- cumsum(sample(20:120, visits, replace = TRUE))
  level <- rnorm(1, 83, 4) - 0.008 * day
  data.frame(person = sprintf("P%02d", person), day = day, fidelity = round(rnorm(visits, level, 4), 1))
}))

follow <- function(mine) {
  mine <- mine[order(mine$day), ]
  above <- mine$fidelity >= CUT_OFF
  if (!any(above)) return(NULL)
  entry <- mine$day[which(above)[1]]
  later <- mine[mine$day > entry, ]
  if (nrow(later) == 0) return(NULL)
  below <- which(later$fidelity < CUT_OFF)
  if (length(below) == 0) {
    end <- max(later$day) - entry
    return(data.frame(latest = end, earliest = end, lapsed = FALSE))
  }
  first <- below[1]
  last_above <- if (first == 1) entry else later$day[first - 1]
  data.frame(latest = later$day[first] - entry, earliest = last_above + 1 - entry, lapsed = TRUE)
}
people <- split(seen, seen$person)
rows <- do.call(rbind, lapply(people, follow))

curve <- function(days) {
  fit <- survfit(Surv(days, rows$lapsed) ~ 1, conf.type = "log-log")
  asked <- c(90, 180, 365)
  read <- summary(fit, times = asked, extend = TRUE)
  row <- summary(fit)$table
  list(
    steps = data.frame(
      days = fit$time, survival = fit$surv, conf_low = fit$lower, conf_high = fit$upper,
      at_risk = fit$n.risk, lapsed = cumsum(fit$n.event)
    ),
    asked = data.frame(days = asked, above = read$surv, low = read$lower, high = read$upper,
                       at_risk = read$n.risk),
    median = row[["median"]], median_low = row[["0.95LCL"]], median_high = row[["0.95UCL"]]
  )
}
ever <- vapply(people, function(mine) any(mine$fidelity >= CUT_OFF), logical(1))

write_json(
  list(
    seen = seen, cut_off = CUT_OFF,
    observed = length(people), entered = sum(ever), followed = nrow(rows),
    lapsed = sum(rows$lapsed), latest = curve(rows$latest), earliest = curve(rows$earliest)
  ),
  commandArgs(trailingOnly = TRUE)[1],
  digits = NA, auto_unbox = TRUE, dataframe = "columns", na = "null"
)
