"""Timeframe strings: what is understood, and one clear line for what is not."""

import pytest

from config.timeframe import Timeframe, Unit, parse


@pytest.mark.parametrize(
    ("text", "count", "unit", "seconds"),
    [
        ("30s", 30, Unit.SECOND, 30),
        ("15sec", 15, Unit.SECOND, 15),
        ("1min", 1, Unit.MINUTE, 60),
        ("5min", 5, Unit.MINUTE, 300),
        ("5m", 5, Unit.MINUTE, 300),
        (" 5 Minutes ", 5, Unit.MINUTE, 300),
        ("1hr", 1, Unit.HOUR, 3_600),
        ("4h", 4, Unit.HOUR, 14_400),
        ("1day", 1, Unit.DAY, 86_400),
        ("1D", 1, Unit.DAY, 86_400),
        ("1week", 1, Unit.WEEK, 604_800),
    ],
)
def test_a_width_in_time(text: str, count: int, unit: Unit, seconds: int) -> None:
    assert parse(text) == Timeframe(count, unit)
    assert parse(text).seconds == seconds


@pytest.mark.parametrize(
    ("text", "unit"), [("100tick", Unit.TICK), ("100 ticks", Unit.TICK), ("100vol", Unit.VOLUME)]
)
def test_a_count(text: str, unit: Unit) -> None:
    assert parse(text) == Timeframe(100, unit)
    with pytest.raises(ValueError, match="no width in time"):
        parse(text).seconds  # noqa: B018


@pytest.mark.parametrize(
    "text", ["", "min", "5", "0min", "-5min", "1.5hr", "5 bananas", "1M", "1month", "25hr", "53w"]
)
def test_anything_else_is_refused_in_one_line_that_names_it(text: str) -> None:
    with pytest.raises(ValueError) as refused:
        parse(text)
    words = str(refused.value)
    assert words.startswith(f"timeframe {text!r}") or text in ("25hr", "53w", "0min")
    assert "give " in words
    assert "\n" not in words


def test_what_it_prints_is_what_it_parses() -> None:
    every = [Timeframe(3, unit) for unit in Unit]
    assert [parse(str(each)) for each in every] == every
    assert len(set(every)) == len(every)
