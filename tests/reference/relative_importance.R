# Shares of predictors in R squared, averaged over all orders, from lm() on every subset.
# Run: Rscript relative_importance.R > relative_importance.json
set.seed(6)
n <- 60; p <- 5
x <- round(matrix(rnorm(n * p), n) %*% matrix(runif(p * p), p), 3)
y <- round(drop(x %*% c(0.8, 0, -0.5, 0.3, 0)) + rnorm(n), 3)
data <- data.frame(y, x); names(data) <- c("y", paste0("x", 1:p))
r2 <- function(set) {
  if (length(set) == 0) return(0)
  summary(lm(reformulate(names(data)[set + 1], "y"), data))$r.squared
}
shares <- sapply(1:p, function(one) {
  others <- setdiff(1:p, one); total <- 0
  for (code in 0:(2^(p - 1) - 1)) {
    set <- others[bitwAnd(code, 2^(0:(p - 2))) > 0]; k <- length(set)
    total <- total + factorial(k) * factorial(p - k - 1) / factorial(p) *
      (r2(c(set, one)) - r2(set))
  }
  total
})
vif <- sapply(1:p, function(one)
  1 / (1 - summary(lm(reformulate(names(data)[-c(1, one + 1)], names(data)[one + 1]), data))$r.squared))
text <- function(v) paste0("[", paste(format(v, digits = 15), collapse = ", "), "]")
rows <- apply(as.matrix(data), 1, function(row) text(row))
cat('{"rows": [', paste(rows, collapse = ",\n"), '],\n"shares": ', text(shares),
    ',\n"vif": ', text(vif), ',\n"r_squared": ', format(r2(1:p), digits = 15), "}\n", sep = "")
