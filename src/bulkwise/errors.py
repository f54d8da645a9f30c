"""The errors that bulkwise raises on its own account.

Every message is one sentence that says what is wrong, where, what was expected, what was
found, and what to do about it. scikit-learn's ``NotFittedError`` and its ``ValueError``
messages about estimator parameters are left as they are.
"""

from __future__ import annotations

__all__ = [
    "BulkwiseError",
    "BundleError",
    "DownloadError",
    "FitError",
    "GeneError",
    "InputError",
    "LeakageError",
    "SampleError",
    "StudyError",
    "UnitError",
]


class BulkwiseError(Exception):
    """Base of every error below, so that a caller can catch them all."""


class InputError(BulkwiseError, ValueError):
    """Something that the user handed in can't be used as it is."""


class GeneError(InputError):
    """Gene names: missing, duplicated, mangled, or of another kind than expected."""


class SampleError(InputError):
    """Samples, labels or the sample sheet: missing, duplicated or contradictory."""


class UnitError(InputError):
    """The stated unit is unknown, contradicts the values, or differs from the model's."""


class LeakageError(InputError):
    """A patient, a sample or a fitted step stands on both sides of a split."""


class BundleError(BulkwiseError):
    """A saved model can't be written, or can't be trusted or read."""


class FitError(BulkwiseError):
    """Training went wrong (divergence, nothing left to fit)."""


class StudyError(BulkwiseError):
    """A study's plan, store or engine can't go on."""


class DownloadError(BulkwiseError):
    """A file couldn't be fetched, or isn't the file that was asked for."""
