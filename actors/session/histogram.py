"""A histogram of time spans with logarithmic buckets: bounded memory, no sampling."""

from math import ceil

from messages.base import Nanos

_BITS = 5
_LINEAR = 2 << _BITS


class Histogram:
    """Spans in ns. Quantiles are the upper edge of their bucket: at most 1/32 (3.1 %) too high."""

    def __init__(self) -> None:
        self.count = 0
        self.max: Nanos = 0
        self._buckets: dict[int, int] = {}

    def add(self, span: Nanos) -> None:
        """Count a span; one below zero (clocks that differ) counts as zero."""
        self.fill(bucket(span), 1, max(span, 0))

    def fill(self, bucket: int, count: int, most: Nanos) -> None:
        """Count spans of one bucket, of which `most` is the longest."""
        self._buckets[bucket] = self._buckets.get(bucket, 0) + count
        self.count += count
        self.max = max(self.max, most)

    def quantile(self, share: float) -> Nanos | None:
        """The span that `share` of all spans do not exceed; None when there are none."""
        if not self.count:
            return None
        left = ceil(share * self.count)
        for bucket in sorted(self._buckets):
            left -= self._buckets[bucket]
            if left <= 0:
                return min(_upper(bucket), self.max)
        return self.max

    def micros(self) -> dict[str, float | int | None]:
        """p50, p99 and max in microseconds (None without spans), and how many spans."""
        if not self.count:
            return {"p50": None, "p99": None, "max": None, "count": 0}
        return {
            "p50": _micros(self.quantile(0.50)),
            "p99": _micros(self.quantile(0.99)),
            "max": _micros(self.max),
            "count": self.count,
        }


def bucket(span: Nanos) -> int:
    """The number of the bucket of a span."""
    span = max(span, 0)
    shift = span.bit_length() - _BITS - 1
    return span if shift <= 0 else (shift << _BITS) + (span >> shift)


def _upper(bucket: int) -> Nanos:
    if bucket < _LINEAR:
        return bucket
    shift = (bucket >> _BITS) - 1
    mantissa = bucket - (shift << _BITS)
    return ((mantissa + 1) << shift) - 1


def _micros(span: Nanos | None) -> float | None:
    return None if span is None else round(span / 1_000, 1)
