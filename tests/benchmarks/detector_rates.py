"""How often each detector speaks on the simulated and the recorded markets, with its defaults.

    python -m tests.benchmarks.detector_rates

Every detector is asked every ten seconds of the market's time; docs/market-picture.md quotes it.
"""

from collections import defaultdict
from collections.abc import Hashable, Iterable, Sequence

from actors.bar.analytics.market import Market
from messages.base import SECOND
from messages.market import Depth
from tests.bar.analytics.recorded import Message
from tests.benchmarks.markets import markets

EVERY = 10 * SECOND


def asked(market: Market) -> dict[str, Iterable[Hashable]]:
    """What each detector finds now, by side and price, and spoofing with its limits lowered."""
    loose = market.spoofing(min_placement_frequency=0.5, confidence_threshold=0.5)
    return {
        "icebergs": [(one.side, one.price) for one in market.icebergs()],
        "spoofing": [(one.side, one.price) for one in market.spoofing()],
        "spoofing, 0.5 a minute": [(one.side, one.price) for one in loose],
        "order clusters": [(one.side, one.low, one.high) for one in market.order_clusters()],
        "liquidity levels": [(one.side, one.price) for one in market.liquidity_levels()],
        "support and resistance": [one.price for one in market.support_resistance()],
    }


def show(name: str, records: Sequence[Message]) -> None:
    market, due, questions = Market(), records[0].received + EVERY, 0
    speaking: dict[str, int] = defaultdict(int)
    findings: dict[str, int] = defaultdict(int)
    distinct: dict[str, set[Hashable]] = defaultdict(set)
    for record in records:
        if record.received >= due:
            due += EVERY
            questions += 1
            for detector, found in asked(market).items():
                marks = list(found)
                speaking[detector] += bool(marks)
                findings[detector] += len(marks)
                distinct[detector].update(marks)
        market.on_depth(record) if isinstance(record, Depth) else market.on_tape(record)
    print(f"{name}: asked {questions} times")
    for detector in asked(market):
        print(
            f"  {detector:<27}found something {speaking[detector] / questions:>4.0%} of the time,"
            f" {findings[detector] / questions:>5.1f} at once, {len(distinct[detector]):>4} places"
        )


def main() -> None:
    for name, records in markets():
        show(name, records)


if __name__ == "__main__":
    main()
