"""tools.probe at a running simulator, and the judgement of what it has seen."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from messages.base import MILLISECOND, SECOND, Nanos
from messages.market import Bar, Print, Side, Tape
from tests.console.bench import Tool, simulator
from tools.console.delay import Rest, agreement, verdict

FRESH = Rest((SECOND,), 9, 10)


def test_a_simulator_is_real_time_and_every_message_is_in_the_file(
    tool: Tool, tmp_path: Path
) -> None:
    file = tmp_path / "ages.csv"
    document = tool("probe", "delay", "--seconds", "3", "--csv", str(file), "--json").json
    assert document["real_time"] is True
    counts = {row["source"]: row["messages"] for row in document["streams"]}
    lines = file.read_text().splitlines()
    assert lines[0] == "received_ns,stream,stamp_ns,lag_ms"
    assert len(lines) - 1 == counts["quotes"] + counts["trades"] + counts["depth"]
    assert counts["REST bars"] > 0


def test_a_simulator_with_an_epoch_of_its_own_is_followed(tool: Tool) -> None:
    with simulator("--epoch", "2026-11-02T15:00:00Z") as address:
        document = tool("probe", "delay", "--seconds", "2", "--url", address, "--json").json
    assert document["real_time"] is True
    assert all(abs(row["lag_p50_ms"]) < 2000 for row in document["streams"])


def test_a_frozen_feed_is_not_real_time(tool: Tool, sim: Callable[..., Any]) -> None:
    sim("faults", name="freeze_feed")
    try:
        ran = tool("probe", "delay", "--seconds", "2")
    finally:
        sim("faults", name="freeze_feed", stop=True)
    assert (ran.code, ran.err) == (7, "check: no prints: is the market open?\n")


def test_delayed_data_is_not_real_time(tool: Tool, sim: Callable[..., Any]) -> None:
    sim("faults", name="delayed_data", minutes=0.05)
    try:
        ran = tool("probe", "delay", "--seconds", "5", "--json")
    finally:
        sim("faults", name="delayed_data", stop=True)
    document = json.loads(ran.out)
    assert (ran.code, document["real_time"]) == (7, False)
    assert document["verdict"].startswith("delayed by 3.")
    ages = {row["source"]: row["lag_p50_ms"] for row in document["streams"]}
    assert 3000 <= ages["trades"] < 4000
    assert ages["REST bars"] < ages["trades"]


def test_a_file_that_cannot_be_written_is_told_before_listening(tool: Tool) -> None:
    ran = tool("probe", "delay", "--csv", "nowhere/file")
    assert (ran.code, ran.out, len(ran.err.splitlines())) == (9, "", 1)


@pytest.mark.parametrize(
    ("hub", "rest", "real_time", "words"),
    [
        (2 * SECOND, FRESH, True, "real-time: prints 2,000 ms old"),
        (2 * SECOND + 1, FRESH, False, "delayed by 2.0 s"),
        (900 * SECOND, FRESH, False, "delayed by 15.0 min"),
        (900 * SECOND, Rest((), 0, 0), False, "delayed, or our clock is wrong"),
        (900 * SECOND, Rest((11 * SECOND,), 0, 0), False, "delayed, or our clock is wrong"),
        (-5 * SECOND, FRESH, False, "5.0 s ahead of the venue's own clock"),
        (-5 * SECOND, Rest((-5 * SECOND,), 0, 0), False, "5.0 s ahead of our clock"),
        (None, FRESH, False, "no prints"),
        (MILLISECOND, Rest((11 * SECOND, 12 * SECOND), 0, 0), False, "REST bars 11 s behind"),
        (MILLISECOND, Rest((), 0, 0), False, "no bars"),
        (MILLISECOND, Rest((SECOND,), 2, 5), False, "hub and REST disagree"),
        (MILLISECOND, Rest((SECOND,), 1, 4), True, "1 of 4 seconds"),
    ],
)
def test_the_verdict(hub: Nanos | None, rest: Rest, real_time: bool, words: str) -> None:
    found, said = verdict(hub, rest)
    assert found is real_time
    assert words in said


def test_a_second_agrees_when_its_last_print_is_the_bars_close() -> None:
    def tape(*prints: tuple[Nanos, int]) -> Tape:
        return Tape("C", 0, tuple(Print(at, price, 1, Side.BUY) for at, price in prints))

    def bar(start: Nanos, close: int) -> Bar:
        return Bar(start, start + SECOND, close, close, close, close, 1)

    tapes = [tape((0, 7), (SECOND - 1, 8)), tape((SECOND, 9))]
    assert agreement(tapes, [bar(0, 8), bar(SECOND, 8), bar(5 * SECOND, 1)]) == (1, 2)
