from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import hypergeom

from bulkwise.stats.base import hypergeometric_tail


@settings(deadline=None)
@given(
    universe=st.integers(1, 400),
    share=st.floats(0, 1),
    size=st.floats(0, 1),
    at=st.floats(0, 1),
)
def test_tail_equals_scipys(universe: int, share: float, size: float, at: float) -> None:
    drawn, inside = round(share * universe), round(size * universe)
    low, high = max(0, drawn + inside - universe), min(drawn, inside)
    overlap = round(low + at * (high - low))
    ours = hypergeometric_tail([overlap], [inside], drawn, universe)[0]
    theirs = hypergeom.sf(overlap - 1, universe, inside, drawn)
    np.testing.assert_allclose(ours, theirs, rtol=1e-9, atol=1e-300)


def test_small_tails_keep_their_digits() -> None:
    ours = hypergeometric_tail([100, 150], [100, 300], 500, 18_000)
    theirs = [hypergeom.logsf(99, 18_000, 100, 500), hypergeom.logsf(149, 18_000, 300, 500)]
    np.testing.assert_allclose(np.log(ours), theirs, rtol=1e-9)
