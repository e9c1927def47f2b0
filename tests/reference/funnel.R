# Dispersion of standardised departures with tails drawn in, and limits of a funnel.
# Spiegelhalter 2005, Statistics in Medicine 24, 1185 to 1202. Run: Rscript funnel.R > funnel.json
means <- c(72.6, 60.2, 60.8, 85.5, 70.5, 81.9, 60.9, 71.0, 61.4, 56.8, 70.1, 65.5)
counts <- c(17, 9, 20, 16, 10, 18, 16, 19, 14, 17, 9, 15)
middle <- 68.3
deviation <- 8.5
z <- (means - middle) / (deviation / sqrt(counts))
ends <- quantile(z, c(0.1, 0.9), names = FALSE)
drawn <- pmin(pmax(z, ends[1]), ends[2])
phi <- mean(drawn^2)
half <- function(n, within) qnorm((1 + within) / 2) * deviation * sqrt(phi / n)
numbers <- function(x) paste(formatC(x, digits = 12, format = "f"), collapse = ", ")
cat(sprintf(
  '{"means": [%s], "counts": [%s], "middle": %s, "deviation": %s,\n "dispersion": %s, "half_95_of_16": %s, "half_998_of_9": %s}\n',
  numbers(means), numbers(counts), numbers(middle), numbers(deviation),
  numbers(phi), numbers(half(16, 0.95)), numbers(half(9, 0.998))
))
