"""The live status line and the closing summary."""

import json
from pathlib import Path

import pytest

from actors.session.metrics import Metrics
from actors.session.status import Status, render
from actors.session.summary import summary
from messages.base import DOLLAR
from messages.control import Flatten
from messages.decision import Denial, NoSignal, Permission, SignalRefusal
from messages.hub import Hub, HubHealth
from messages.order import OrderStatus
from messages.position import DayFigures, PositionChanged, PositionMarked
from tests.session.story import (
    BEGAN,
    INSTRUMENTS,
    LIMITS,
    MES,
    Story,
    ended,
    entered,
    left,
    started,
    stop_leg,
)


@pytest.fixture
def metrics(tmp_path: Path) -> Metrics:
    return Metrics(tmp_path / "metrics.json", LIMITS)


@pytest.fixture
def status(metrics: Metrics) -> Status:
    return Status(LIMITS, metrics.invariants, metrics.latencies)


@pytest.fixture
def story(metrics: Metrics, status: Status) -> Story:
    return Story(metrics, status)


def test_a_flat_engine_says_so_and_why_it_does_not_trade(status: Status, story: Story) -> None:
    started(story)
    story.tell(Permission(False, Denial.COOLDOWN, "3 s left"))
    text = render(status.line(), INSTRUMENTS)
    assert text.startswith("RUNNING | flat | P&L +$0.00 (open +$0.00), $50.00 left | 0 bars")
    assert text.endswith("not trading because cooldown")


def test_a_position_is_shown_with_whether_its_stop_stands_at_the_venue(
    status: Status, story: Story
) -> None:
    started(story)
    story.tell(Permission(True, None))
    entered(story)
    story.tell(PositionChanged(MES, 1, 242_020_000, BEGAN, 0))
    story.tell(PositionMarked(MES, 24_204, 25_000))
    story.tell(DayFigures(-10 * DOLLAR, 2, 1, 0))
    text = render(status.line(), INSTRUMENTS)
    assert "+1 MES @ 6050.50, stop at venue: yes" in text
    assert "P&L -$7.50 (open +$2.50), $42.50 left" in text
    assert "not trading" not in text
    story.order(stop_leg(OrderStatus.CANCELLED))
    assert "stop at venue: NO" in render(status.line(), INSTRUMENTS)


def test_the_health_of_the_hubs_is_shown(status: Status, story: Story) -> None:
    assert "hubs" not in render(status.line(), INSTRUMENTS)
    for hub, score in ((Hub.MARKET, 66), (Hub.USER, 100), (Hub.MARKET, 33)):
        story.tell(HubHealth(hub, BEGAN, True, score, True, "", 0, 0, 0, 0, 0, ()))
    assert " | hubs market 33, user 100" in render(status.line(), INSTRUMENTS)


def test_the_open_profit_goes_with_the_position(status: Status, story: Story) -> None:
    story.tell(PositionMarked(MES, 24_204, 25_000))
    story.tell(PositionChanged(MES, 0, 0, 0, 0))
    assert status.line().open == 0
    assert status.line().protected is None


def test_the_rate_is_of_the_last_second(status: Status, story: Story) -> None:
    for _ in range(201):
        story.quote()
        story.wait(10)
    assert status.line().rate == pytest.approx(100, abs=2)


def test_the_summary_tells_a_trader_how_it_went(metrics: Metrics, story: Story) -> None:
    started(story)
    for code in (SignalRefusal.BUSY, SignalRefusal.LOW_CONFIDENCE, SignalRefusal.LOW_CONFIDENCE):
        story.tell(NoSignal(MES, BEGAN, code))
    entered(story)
    left(story)
    story.tell(Flatten(1, "stopping"))
    ended(story)
    metrics.close()
    text = summary(metrics.document(), [Path("logs/trading.log")])
    rows = {line[:18].rstrip(): line[19:] for line in text.splitlines()}
    assert rows["ended"] == "FLAT (duration)"
    assert rows["trades"] == "1 (1 won)"
    assert rows["net P&L"] == "+$16.28 (gross +$17.50)"
    assert rows["fees"] == "$1.22"
    assert rows["flattens"] == "1: stopping (NOT proven flat)"
    assert rows["file"] == "logs/trading.log"
    assert rows["worst unprotected"] == "25 ms"
    assert rows["not traded"] == "2 low_confidence, 1 busy"
    assert rows["promises broken"] == "none"


def test_the_summary_reads_the_file_as_well(metrics: Metrics, story: Story) -> None:
    started(story)
    entered(story)
    left(story)
    metrics.close()
    read = json.loads(metrics.path.read_text("utf-8"))
    assert summary(read, []) == summary(metrics.document(), [])
