import numpy as np
import pytest

from bulkwise.stats import adaptive_prior, direction_probabilities, posterior
from bulkwise.stats.effects import GenePrior, signal_variance


def cohorts(n=4000, seed=0, noise=0.5):
    """Two related cohorts, one unrelated, and a noisy view of a fourth like the first two."""
    rng = np.random.default_rng(seed)
    shared = rng.normal(size=n)
    others = np.column_stack(
        [shared + 0.5 * rng.normal(size=n), shared + 0.5 * rng.normal(size=n), rng.normal(size=n)]
    )
    truth = shared + 0.5 * rng.normal(size=n)
    return truth, truth + np.sqrt(noise) * rng.normal(size=n), others


def test_a_normal_posterior_is_the_textbooks():
    nothing = np.zeros(1)
    prior = GenePrior(nothing + 1, nothing + 2, np.zeros(0), nothing, nothing, nothing + 1)
    mean, variance = posterior([4.0], 1.0, prior)
    np.testing.assert_allclose(mean, 3.0)  # (2 * 4 + 1 * 1) / 3
    np.testing.assert_allclose(variance, 2 / 3)


def test_likeness_is_found_and_the_unlike_cohort_gets_none():
    _, seen, others = cohorts()
    prior = adaptive_prior(seen, 0.5, others, others)
    assert prior.likeness[0] == pytest.approx(0.8, abs=0.1)
    assert abs(prior.likeness[2]) < 0.1


def test_the_posterior_is_nearer_the_truth_than_samples_or_prior_alone():
    truth, seen, others = cohorts()
    prior = adaptive_prior(seen, 0.5, others, others)
    mean, _ = posterior(seen, 0.5, prior)
    error = [np.square(x - truth).mean() for x in (mean, seen, prior.mean)]
    assert error[0] < 0.85 * min(error[1:])


def test_its_variance_is_right():
    truth, seen, others = cohorts()
    mean, variance = posterior(seen, 0.5, adaptive_prior(seen, 0.5, others, others))
    assert np.square(mean - truth).mean() == pytest.approx(variance.mean(), rel=0.1)


def test_genes_unseen_elsewhere_keep_a_flat_prior():
    _, seen, others = cohorts(500)
    table = others.copy()
    others[:100] = np.nan
    prior = adaptive_prior(seen, 0.5, others, table)
    assert (prior.mean[:100] == 0).all()
    assert (prior.variance[:100] > prior.variance[100:].max()).all()


def test_a_cohort_that_goes_the_other_way_is_turned_round():
    truth, seen, others = cohorts()
    prior = adaptive_prior(seen, 0.5, -others, -others)
    assert prior.likeness[0] < -0.6
    assert np.corrcoef(prior.mean, truth)[0, 1] > 0.6


def test_nothing_known_gives_nothing():
    _, seen, _ = cohorts(100)
    prior = adaptive_prior(seen, 0.5, np.full((100, 2), np.nan), np.full((3, 2), np.nan))
    assert (prior.mean == 0).all()
    np.testing.assert_allclose(prior.variance, signal_variance(seen, 0.5))


def test_neutral_shrinks_as_the_reference_grows():
    neutral = [direction_probabilities([0.4], [0.1], n)[0, 1] for n in (10, 50, 500)]
    assert neutral[0] > neutral[1] > neutral[2]
    np.testing.assert_allclose(direction_probabilities([0.4, -1], [0.1, 0], 20).sum(axis=1), 1)


def test_the_plain_mean_counts_the_cohorts_that_saw_a_gene_and_tells_dispute():
    others = np.array([[1.0, 1.2, np.nan], [2.0, -2.0, 3.0], [np.nan, np.nan, np.nan]])
    prior = adaptive_prior([1.0, 1.0, 1.0], 0.5, others, others)
    np.testing.assert_allclose(prior.plain, [1.1, 1.0, 0.0])
    np.testing.assert_array_equal(prior.count, [2, 3, 0])
    assert prior.dispute[0] < prior.dispute[2] == 1 < prior.dispute[1]
