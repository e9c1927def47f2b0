# Reference numbers for the sixteen clinics: period drift and drivers' associations by lme4::glmer.
#
#   Rscript tests/reference/clinics.R FOLDER_WITH_pulesa_new.csv
#
# The data are not part of the project; only these summary numbers are. Times are in quarters of
# 91.3125 days from the first day of period 2, as examples/clinics reads the periods. A driver is
# split into the clinic's own mean over the periods in which it is known, and the rest; periods in
# which it is missing are left out.

suppressMessages(library(lme4))
folder <- commandArgs(trailingOnly = TRUE)[1]
data <- read.csv(file.path(folder, "pulesa_new.csv"))
days <- seq(as.Date("2001-01-01"), by = "3 months", length.out = 13)
data$quarters <- as.numeric(days[data$Period] - days[2]) / 91.3125
data$count_of <- factor(seq_len(nrow(data)))
control <- glmerControl(optimizer = "bobyqa", optCtrl = list(maxfun = 2e5))

numbers <- function(fit, rows) {
  table <- coef(summary(fit))
  list(
    rows = rows,
    deviance = -2 * as.numeric(logLik(fit)),
    terms = rownames(table),
    estimate = unname(table[, 1]),
    std_error = unname(table[, 2])
  )
}

found <- list()
drift <- glmer(
  cbind(Success, Total_visit - Success) ~ quarters + (1 + quarters | Clinic) + (1 | count_of),
  data, binomial, control = control
)
found$drift <- numbers(drift, nrow(data))
for (name in c("HypertensionTraining", "DeliveryB", "PerformanceImprovement")) {
  part <- data[!is.na(data[[name]]), ]
  own <- ave(part[[name]], part$Clinic)
  part$driver_within <- part[[name]] - own
  part$driver_between <- own - mean(part[[name]])
  fit <- glmer(
    cbind(Success, Total_visit - Success) ~ quarters + driver_within + driver_between +
      (1 + quarters + driver_within | Clinic) + (1 | count_of),
    part, binomial, control = control
  )
  found[[name]] <- numbers(fit, nrow(part))
}
found$lme4 <- as.character(packageVersion("lme4"))
json <- jsonlite::toJSON(found, digits = 10, auto_unbox = TRUE, pretty = TRUE)
writeLines(json, file.path(dirname(sub("--file=", "", grep("--file=", commandArgs(), value = TRUE))), "clinics.json"))
