"""Quantiles from logarithmic buckets."""

from math import ceil

from hypothesis import given
from hypothesis import strategies as st

from actors.session.histogram import Histogram


@given(
    st.lists(st.integers(0, 10**13), min_size=1, max_size=300),
    st.sampled_from([0.01, 0.5, 0.99, 1.0]),
)
def test_a_quantile_is_never_too_low_and_at_most_a_32nd_too_high(
    spans: list[int], share: float
) -> None:
    histogram = Histogram()
    for span in spans:
        histogram.add(span)
    exact = sorted(spans)[ceil(share * len(spans)) - 1]
    found = histogram.quantile(share)
    assert found is not None
    assert exact <= found <= min(exact * 33 / 32, max(spans))


def test_no_spans_have_no_quantiles() -> None:
    histogram = Histogram()
    assert histogram.quantile(0.5) is None
    assert histogram.micros() == {"p50": None, "p99": None, "max": None, "count": 0}


def test_a_span_below_zero_counts_as_zero() -> None:
    histogram = Histogram()
    histogram.add(-5)
    assert histogram.quantile(1.0) == 0


def test_a_day_of_spans_stays_in_few_buckets() -> None:
    histogram = Histogram()
    for span in range(0, 10**10, 50_021):
        histogram.add(span)
    assert len(histogram._buckets) < 1_200
