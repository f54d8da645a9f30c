# Makes the tables beside this file. Rscript make.R
# R 4.2.2, limma 3.54.1, statmod 1.5.0 (Debian 12: r-bioc-limma, r-cran-statmod)
suppressMessages({library(limma); library(statmod)})
set.seed(20240517)
save <- function(d, name) {
  numbers <- sapply(d, is.double)
  d[numbers] <- lapply(d[numbers], function(x) ifelse(is.na(x), "", sprintf("%.13g", x)))
  write.csv(d, gzfile(paste0(name, ".csv.gz")), row.names = FALSE, quote = FALSE)
}
n_genes <- 90; n <- 12
group <- rep(c("A", "B", "C"), each = 4); patient <- c(1, 2, 3, 4, 1, 2, 3, 4, 1, 2, 5, 6)
age <- c(3, 5, 4, 7, 2, 6, 5, 5, 8, 1, 4, 6)
mu <- exp(runif(n_genes, 0.5, 8)); effect <- matrix(1, n_genes, n)
effect[1:12, group == "B"] <- 3; effect[13:20, group == "C"] <- 0.3
lucky <- exp(matrix(rnorm(n_genes * 6, 0, 0.35), n_genes))[, patient]
noise <- c(rep(0.05, 80), rep(1.5, 5), rep(0.3, 5))
counts <- matrix(rnbinom(n_genes * n, mu = mu * effect * lucky, size = 1 / noise), n_genes)
counts[, 7] <- rnbinom(n_genes, mu = (mu * effect * lucky)[, 7] * 1.7, size = 1.5)  # a poor sample
counts[90, ] <- 0
i <- row(counts) - 1; j <- col(counts) - 1
y <- log2(counts + 0.5); gaps <- y
gaps[(i * 7 + j * 3) %% 23 == 0 & i %% 3 == 0] <- NA
gaps[31, group == "B"] <- NA; gaps[32, -3] <- NA; gaps[33, ] <- NA; gaps[34, -(1:4)] <- NA
weights <- 0.5 + ((i * 5 + j * 11) %% 17) / 8
sample_weights <- 0.4 + (0:11) / 8
save(data.frame(gene = sprintf("g%d", 1:n_genes), counts), "counts")
design <- cbind(A = 1, age = age, B = group == "B", C = group == "C")
means <- cbind(A = group == "A", B = group == "B", C = group == "C") + 0

rows <- list()
add <- function(case, e, coef = "B") {
  none <- rep(NA_real_, n_genes); or <- function(x) if (is.null(x)) none else rep_len(x, n_genes)
  rows[[length(rows) + 1]] <<- data.frame(case = case, gene = sprintf("g%d", 1:n_genes),
    log2_fold_change = e$coefficients[, coef], mean = e$Amean, statistic = e$t[, coef], p_value = e$p.value[, coef],
    b = if (is.null(e$lods)) none else e$lods[, coef], sigma = e$sigma, df = e$df.total,
    prior_df = or(e$df.prior), prior_scale = or(e$s2.prior), f = or(e$F), f_p_value = or(e$F.p.value))
}
fit <- lmFit(y, design)
add("plain", eBayes(fit)); add("trend", eBayes(fit, trend = TRUE)); add("robust", eBayes(fit, robust = TRUE))
add("robust-trend", eBayes(fit, robust = TRUE, trend = TRUE)); add("treat", treat(fit, fc = 1.5))
add("proportion", eBayes(fit, proportion = 0.2)); add("coefficients", eBayes(fit[, c("B", "C")]))
even <- sin(12.9898 * i + 78.233 * j) * 2 + outer(1:n_genes == 5, group == "B") * 9
add("endless", eBayes(lmFit(even, design)))
add("weights", eBayes(lmFit(y, design, weights = weights)))
add("sample-weights", eBayes(lmFit(y, design, weights = sample_weights)))
gap_fit <- lmFit(gaps, design)
add("gaps", eBayes(gap_fit)); add("gaps-robust", eBayes(gap_fit, robust = TRUE))
add("gaps-weights", eBayes(lmFit(gaps, design, weights = weights)))
zero <- weights; zero[(i + j) %% 13 == 0] <- 0
add("zero-weights", eBayes(lmFit(y, design, weights = zero)))
contrast <- cbind(B = c(-1, 1, 0), rest = c(-0.5, -0.5, 1)); rownames(contrast) <- colnames(means)
add("contrasts", eBayes(contrasts.fit(lmFit(y, means), contrast)))
skew <- design %*% matrix(c(1, 0, 0, 0, 0, 1, 0, 0, 1, 0, 1, 0, 1, 0, 0, 1), 4); colnames(skew) <- c("A", "age", "Bm", "Cm")
contrast2 <- cbind(B = c(0.3, 0, 1, -0.2)); rownames(contrast2) <- colnames(skew)
add("contrasts-weights", eBayes(contrasts.fit(lmFit(y, skew, weights = weights), contrast2)))
add("contrasts-gaps", eBayes(contrasts.fit(lmFit(gaps, skew), contrast2)))
add("blocked", eBayes(lmFit(y, design, block = patient, correlation = 0.35)))
add("blocked-gaps", eBayes(lmFit(gaps, design, block = patient, correlation = 0.35)))
add("blocked-weights", eBayes(lmFit(y, design, block = patient, correlation = 0.35, weights = weights)))
add("blocked-sample-weights", eBayes(lmFit(y, design, block = patient, correlation = 0.35, weights = sample_weights)))
add("blocked-gaps-weights", eBayes(lmFit(gaps, design, block = patient, correlation = 0.35, weights = weights)))
v <- voom(counts, design); add("voom", eBayes(lmFit(v, design)))
q <- voomWithQualityWeights(counts, design); add("voom-quality", eBayes(lmFit(q, design)))
vb <- voom(counts, design, block = patient, correlation = 0.35, lib.size = 900 + 1000 * (1:12))
add("voom-blocked", eBayes(lmFit(vb, design, block = patient, correlation = 0.35)))
save(do.call(rbind, rows), "genes")

save(data.frame(sample = 1:n, reml = arrayWeights(y, design), weighted = arrayWeights(y, design, weights = weights),
  gaps = arrayWeights(gaps, design), zero = arrayWeights(y, design, weights = zero), quality = q$targets$sample.weights), "samples")
save(data.frame(gene = sprintf("g%d", 1:n_genes), E = v$E, w = v$weights), "voom")

k <- 1:89  # a constant gene has no correlation but what rounding makes of it
dc <- list(plain = duplicateCorrelation(y[k, ], design, block = patient),
  weights = duplicateCorrelation(y[k, ], design, block = patient, weights = weights[k, ]),
  gaps = duplicateCorrelation(gaps[k, ], design, block = patient),
  voom = duplicateCorrelation(v$E[k, ], design, block = patient, weights = v$weights[k, ]),
  gaps_weights = duplicateCorrelation(gaps[k, ], design, block = patient, weights = weights[k, ]),
  means = duplicateCorrelation(y[k, ], means, block = patient, trim = 0.05))
save(do.call(rbind, lapply(names(dc), function(case) data.frame(case = case, gene = sprintf("g%d", k),
  rho = tanh(dc[[case]]$atanh.correlations), consensus = dc[[case]]$consensus.correlation))), "correlations")

x <- round(rnorm(150), 1); z <- sin(x) + rt(150, 3) / 5
save(data.frame(x = x, y = z, half = lowess(x, z, f = 0.5)$y, narrow = lowess(x, z, f = 0.1)$y, once = lowess(x, z, f = 0.5, iter = 0)$y,
  every = lowess(x, z, f = 0.4, delta = 0)$y), "lowess")
variance <- rchisq(60, 4) / 4 * exp(rnorm(60) / 2); variance[1:4] <- c(60, 30, 1e-9, 25); df <- rep(c(4, 3, 2, 4), 15); over <- sin(1:60) * 4
a <- squeezeVar(variance, df); b <- squeezeVar(variance, df, robust = TRUE); c <- squeezeVar(variance, df, covariate = over)
d <- squeezeVar(variance, df, covariate = over, robust = TRUE); e <- squeezeVar(rep(1:3, 20) / 10 + 2, 4); f <- squeezeVar(variance, 4, robust = TRUE)
get <- function(s, k) data.frame(case = k, variance = 0, post = s$var.post, prior = rep_len(s$var.prior, 60), df = rep_len(s$df.prior, 60))
out <- rbind(get(a, "plain"), get(b, "robust"), get(c, "trend"), get(d, "robust-trend"), get(e, "endless"), get(f, "robust-even"))
out$variance <- c(rep(variance, 4), rep(1:3, 20) / 10 + 2, variance); out$own_df <- c(rep(df, 4), rep(4, 120)); out$over <- rep(over, 6)
save(out, "variances")
writeLines(c(R.version.string, paste("limma", packageVersion("limma")), paste("statmod", packageVersion("statmod"))), "versions.txt")
