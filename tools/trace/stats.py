"""How long messages waited and were handled, per actor and type, and which took longest."""

from collections import defaultdict

from actors.session.histogram import Histogram
from messages.base import Nanos
from tools.console.printing import Row, moment
from tools.trace.index import LONG, TOOK, WAITED
from tools.trace.trace import Trace

_ANY = "outcome <> 'conflated'"
_SLOWEST = """
SELECT segment, place, size FROM deliveries WHERE {} ORDER BY done - started DESC LIMIT ?
"""


def stats(trace: Trace) -> list[Row]:
    """A row per receiver and type: times in ms; quantiles are at most 3.1 % too high."""
    index = trace.index
    found: defaultdict[tuple[int, int, int], Histogram] = defaultdict(Histogram)
    query = "SELECT receiver, type, measure, bucket, count, most FROM spans"
    for receiver, type_, measure, bucket, count, most in index.rows(query):
        found[receiver, type_, measure].fill(bucket, count, most)
    rows = []
    for receiver, type_ in sorted({(receiver, type_) for receiver, type_, _ in found}):
        waited, took = found[receiver, type_, WAITED], found[receiver, type_, TOOK]
        rows.append(
            {
                "actor": index.name(receiver),
                "type": index.name(type_),
                "count": took.count,
                **_times("waited", waited),
                **_times("took", took),
            }
        )
    return sorted(rows, key=lambda row: (str(row["actor"]), str(row["type"])))


def slowest(trace: Trace, count: int) -> list[Row]:
    """The deliveries that took longest to handle."""
    rows = trace.index.rows(_SLOWEST.format(LONG), count)
    if len(rows) < count:
        rows = trace.index.rows(_SLOWEST.format(_ANY), count)
    lines = (trace.delivery(*row) for row in rows)
    return [
        {
            "at": moment(line.started),
            "actor": line.receiver,
            "type": line.type,
            "took_ms": _ms(line.took),
            "waited_ms": _ms(line.waited),
            "behind": line.depth,
            "id": line.id,
        }
        for line in lines
    ]


def _times(name: str, spans: Histogram) -> Row:
    quantiles = (("p50", spans.quantile(0.50)), ("p99", spans.quantile(0.99)), ("max", spans.max))
    return {f"{name}_{label}_ms": _ms(span or 0) for label, span in quantiles}


def _ms(span: Nanos) -> float:
    return round(span / 1_000_000, 3)
