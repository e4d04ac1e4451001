"""tools.connect at a running simulator, and the figures of a stream."""

from collections.abc import Callable
from typing import Any

import pytest

from messages.base import SECOND
from tests.console.bench import Tool
from tools.console.listening import QUOTES, TRADES, Record, quantile, stream


def test_both_hubs_open_and_every_stream_speaks(tool: Tool) -> None:
    document = tool("connect", "test", "--seconds", "2", "--json").json
    assert {(row["hub"], row["result"]) for row in document["hubs"]} == {
        ("market", "PASS"),
        ("user", "PASS"),
    }
    rates = {row["stream"]: row["per_second"] for row in document["streams"]}
    assert min(rates["quotes"], rates["trades"], rates["depth"]) > 0
    assert document["problems"] == []


def test_a_frozen_feed_fails_the_test(tool: Tool, sim: Callable[..., Any]) -> None:
    sim("faults", name="freeze_feed")
    try:
        ran = tool("connect", "test", "--seconds", "1")
    finally:
        sim("faults", name="freeze_feed", stop=True)
    assert ran.code == 7
    assert ran.err == "check: no market data: is the market open?\n"
    assert "PASS" in ran.out


def test_the_figures_of_a_stream() -> None:
    at = [1 * SECOND, 2 * SECOND, 5 * SECOND]
    records = [Record(QUOTES, each - SECOND // 2, each) for each in at]
    found = stream(QUOTES, records, 0, 6 * SECOND)
    assert (found.records, found.first, found.silence) == (3, SECOND, 3 * SECOND)
    assert (found.lag_p50, found.lag_p99) == (SECOND // 2, SECOND // 2)


def test_a_stream_without_a_message_was_silent_all_the_time() -> None:
    found = stream(TRADES, [], 0, 6 * SECOND)
    assert (found.first, found.silence, found.lag_p50) == (None, 6 * SECOND, None)


@pytest.mark.parametrize(("share", "value"), [(0.5, 50), (0.99, 99), (0.0, 1), (1.0, 100)])
def test_a_quantile_is_a_value_of_the_sample(share: float, value: int) -> None:
    assert quantile(range(1, 101), share) == value
