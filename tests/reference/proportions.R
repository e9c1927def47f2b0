# Reference numbers for tests/test_proportions.py.
#
#   Rscript tests/reference/proportions.R tests/reference/proportions.json
#
# Made with R 4.2.2 and its stats package (Debian 12). All data stand here.
suppressMessages(library(jsonlite))

wilson <- lapply(list(c(8, 10), c(0, 12), c(12, 12), c(1, 29), c(263, 1000)), function(one) {
  ends <- suppressWarnings(prop.test(one[1], one[2], correct = FALSE)$conf.int)
  list(count = one[1], of = one[2], low = ends[1], high = ends[2])
})

came <- c(5, 7, 6, 2, 8, 8, 4, 9, 3, 6, 6, 1, 10, 7)
members <- c(8, 8, 8, 8, 10, 10, 9, 10, 6, 7, 7, 6, 12, 12)
team <- c(1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4)
members[9:12] <- c(7, 7, 7, 7)
fit <- glm(cbind(came, members - came) ~ factor(team), family = quasibinomial,
           control = glm.control(epsilon = 1e-14, maxit = 100))

result <- list(
  wilson = wilson,
  dispersion = list(
    came = came, members = members, team = team,
    value = summary(fit)$dispersion, df = fit$df.residual
  )
)
out <- commandArgs(trailingOnly = TRUE)[1]
writeLines(toJSON(result, digits = 15, auto_unbox = TRUE, pretty = TRUE), out)
