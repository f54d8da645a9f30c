"""What the paper printed, how it was done there, and what can't be asked here."""

from __future__ import annotations

__all__ = ["DIFFERENCES", "PRINTED", "UNANSWERED"]

PRINTED = {
    "network": "96.18 (microarray); about 99 (TCGA)",
    "rbf-svm": "94.75 (microarray); about 99 (TCGA)",
}
"""Method -> accuracy in per cent in the paper's table 4, as far as its text says."""

DIFFERENCES = {
    "data": (
        "microarray: 16,709 samples of patients and cell lines (E-MTAB-3732); TCGA RNA-seq: about "
        "6,450; cancers with at least 350 samples",
        "what is open here: matched tumour/normal pairs of TCGA (9 cancers; COAD and STAD are in "
        "another unit) with CHOL of RTCGA; RNAseqDB's 1,078 samples; 500 cell lines of CCLE",
    ),
    "tasks": (
        "cancer or not over all cancers, and in each; type of cancer",
        "tumour or normal over all cancers, and in each; tissue; tissue of origin of cell lines",
    ),
    "split": (
        "samples of pooled experiments at random",
        "patients apart; a fifth (search) or 30 % (curves, transfer) of them to test on",
    ),
    "settings searched": (
        "10,000 and more networks a task, at full width, judged on 20 % of the training part",
        "the same ranges where the paper prints them, ends of our own where it doesn't; far fewer "
        "networks, fewer epochs, in the space of the samples; the best judged on patients who took "
        "no part",
    ),
    "rivals": (
        "genes chosen by t-test, tuned by inner 10-fold cross-validation; the network got its "
        "settings from the 10,000 tries",
        "tuned within at most four settings each on inner folds of patients; the network has its "
        "default settings everywhere",
    ),
    "figure of merit": (
        "accuracy (TCGA: 92.7 % are cancers)",
        "balanced accuracy; accuracy beside it in the table",
    ),
    "tests": (
        "paired t-test; what is paired isn't stated",
        "corrected resampled t-test over repeats (Nadeau and Bengio 2003), Holm over the methods",
    ),
    "cell lines and patients": (
        "cancer or not, from one to the other",
        "tissue of origin: these lines have no normals",
    ),
}
"""What differs -> how the paper did it, how it is done here."""

UNANSWERED = (
    (
        "Networks are the best from 3,000 training samples on",
        "no cohort here has so many",
    ),
    (
        "Transfer between cell lines and patients for cancer or not (64.54 to 74.18 and 55.58 to "
        "80.74 per cent at 25 samples)",
        "the cell lines have no normals; tissue of origin is asked instead",
    ),
)
"""Claims that these data can't answer, and why."""
