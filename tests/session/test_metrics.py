"""metrics_DATE.json over a whole session."""

import json
from dataclasses import replace
from datetime import time
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace as replace_fields

from actors.runtime.delivery import Outcome
from actors.runtime.runtime import Accounts
from actors.session.limits import Limits
from actors.session.metrics import Metrics
from config.calendar import sessions
from config.loading import load
from messages.base import DOLLAR, SECOND
from messages.control import ActorRestarted, Flatten, Flattened, Ping
from messages.decision import Approved, Denial, Denied, NoSignal, SignalKind, SignalRefusal
from messages.hub import Hub, HubHealth, HubLost, HubOpened, StreamHealth, StreamState
from messages.market import Print, Side, Tape
from messages.order import FillEvent, OrderStatus, PlaceResult, Purpose
from messages.order import Outcome as Answer
from messages.position import DayFigures, PositionChanged, PositionMarked, PositionsFound
from tests.session.story import (
    BEGAN,
    LIMITS,
    MES,
    Story,
    decided,
    ended,
    entered,
    entry_fill,
    left,
    order,
    place,
    started,
    trip,
)


@pytest.fixture
def metrics(tmp_path: Path) -> Metrics:
    return Metrics(tmp_path / "metrics.json", LIMITS)


@pytest.fixture
def story(metrics: Metrics) -> Story:
    return Story(metrics)


def whole(story: Story) -> None:
    story.tell(HubOpened(Hub.MARKET, 1))
    story.tell(HubOpened(Hub.USER, 1))
    started(story)
    entered(story)
    left(story)
    ended(story)


def written(metrics: Metrics) -> dict[str, Any]:
    metrics.close()
    document: dict[str, Any] = json.loads(metrics.path.read_text("utf-8"))
    return document


def test_a_session_is_counted(metrics: Metrics, story: Story) -> None:
    whole(story)
    figures = written(metrics)
    assert figures["state_at_end"] == "FLAT"
    assert figures["exit_reason"] == "duration"
    assert figures["events"] == {"quotes": 2, "trades": 2, "depth": 0, "bars": 1}
    assert figures["volume"] == {"prints": 7, "bars": 7}
    assert (figures["predictions"], figures["signals"]) == (1, 1)
    assert figures["orders"] == {
        "submitted": 1,
        "accepted": 1,
        "rejected": 0,
        "unknown": 0,
        "cancels": 0,
        "closes": 0,
    }
    assert (figures["fills"], figures["round_trips"], figures["winners"]) == (2, 1, 1)
    assert figures["max_unprotected_ms"] == 25
    assert not any(figures["violations"].values())


def test_money_is_written_as_decimals_with_cents(metrics: Metrics, story: Story) -> None:
    whole(story)
    metrics.close()
    text = metrics.path.read_text("utf-8")
    assert '"gross": 17.50,' in text
    assert '"fees": 1.22,' in text
    assert '"net": 16.28' in text


def test_latencies_come_from_the_records_own_times(metrics: Metrics, story: Story) -> None:
    whole(story)
    spans = written(metrics)["latency_us"]
    assert spans["frame_to_bar"]["max"] == pytest.approx(200)
    assert spans["model"] == {"p50": 800, "p99": 800, "max": 800, "count": 1}
    assert spans["features"]["max"] == 600
    assert spans["bar_to_order"]["max"] == 2_000
    assert spans["order_round_trip"]["max"] == 10_000
    assert spans["market_fill"]["max"] == 30_000


def test_a_fill_told_before_its_placements_result_is_measured(
    metrics: Metrics, story: Story
) -> None:
    """The hub's order event names the order by its tag before the answer does."""
    story.tell(place("ff-5"))
    story.order(order(status=OrderStatus.PENDING, tag="ff-5"))
    story.wait(20)
    story.tell(FillEvent(entry_fill(stamp=story.at), story.at))
    assert metrics.latencies.market_fill.max == 20_000_000


def test_a_loss_of_a_hub_while_the_engine_stops_is_its_own_doing(
    metrics: Metrics, story: Story
) -> None:
    whole(story)
    story.tell(HubLost(Hub.USER, 1, "closed"))
    assert metrics.connections.down == 0


def test_a_trade_that_only_pays_its_fees_back_is_no_winner(metrics: Metrics, story: Story) -> None:
    story.tell(replace_fields(trip(5), net=0))
    story.tell(replace_fields(trip(6), net=1))
    assert metrics.document()["winners"] == 1


def test_a_conflated_quote_is_not_a_latency(metrics: Metrics, story: Story) -> None:
    quote = story.quote()
    story.wait(5)
    story.finish(quote, f"bar[{MES}]", outcome=Outcome.CONFLATED)
    assert metrics.latencies.frame_to_bar.count == 0


def test_an_order_of_another_cause_is_not_a_bar_to_order(metrics: Metrics, story: Story) -> None:
    decided(story)
    story.tell(place("ff-5"))
    assert metrics.latencies.bar_to_order.count == 0


def test_refusals_are_counted_by_code(metrics: Metrics, story: Story) -> None:
    for _ in range(3):
        story.tell(NoSignal(MES, BEGAN, SignalRefusal.LOW_CONFIDENCE))
    story.tell(Denied(MES, BEGAN, SignalKind.LONG_ENTRY, Denial.SPREAD, 5, 4, "ticks"))
    assert written(metrics)["refusals"] == {"low_confidence": 3, "spread": 1}


def test_outcomes_of_orders_are_counted_apart(metrics: Metrics, story: Story) -> None:
    for number, outcome in enumerate([Answer.REFUSED, Answer.UNKNOWN, Answer.UNKNOWN]):
        story.tell(PlaceResult(MES, f"ff-{number}", Purpose.ENTRY, outcome, None, "x"))
    orders = written(metrics)["orders"]
    assert (orders["accepted"], orders["rejected"], orders["unknown"]) == (0, 1, 2)


def test_flattens_and_restarts_are_listed(metrics: Metrics, story: Story) -> None:
    story.tell(Flatten(1, "stale data"))
    story.tell(Flattened(1, "stale data", 312_000_000))
    story.tell(Flatten(2, "stopping"))
    story.tell(ActorRestarted("bar"))
    figures = written(metrics)
    assert figures["restarts"] == 1
    assert figures["flattens"] == [
        {"number": 1, "reason": "stale data", "took_ms": 312, "ok": True},
        {"number": 2, "reason": "stopping", "took_ms": None, "ok": False},
    ]


def test_messages_are_recounted_and_queued_come_from_the_runtime(tmp_path: Path) -> None:
    books = Accounts(sent=3, handled=1, conflated=0, dead=1, queued=1, running=0)
    metrics = Metrics(tmp_path / "metrics.json", LIMITS, lambda: books)
    story = Story(metrics)
    ping = story.tell(Ping(1), ("bar", "risk", "order"))
    story.finish(ping, "bar")
    story.finish(ping, "risk", outcome=Outcome.DEAD)
    figures = written(metrics)
    assert figures["messages"] == {
        "sent": 3,
        "handled": 1,
        "conflated": 0,
        "dead": 1,
        "queued": 1,
        "running": 0,
    }
    assert figures["violations"]["ACCOUNTED"] == 1  # one was left waiting


def test_a_body_that_the_journal_dropped_is_counted_and_harms_nothing(
    metrics: Metrics, story: Story
) -> None:
    story.tell(Tape(MES, BEGAN, (Print(BEGAN, 1, 1, Side.BUY),)), ("bar",), body=False)
    row = written(metrics)["acceptance"]["comprehensive_log"]
    assert row == {"measured": 1, "limit": 0, "ok": False}


def test_the_file_is_there_from_the_start_and_renewed_every_ten_seconds(
    metrics: Metrics, story: Story
) -> None:
    def quotes() -> int:
        return int(json.loads(metrics.path.read_text("utf-8"))["events"]["quotes"])

    assert quotes() == 0
    story.quote()
    story.wait(9_999)
    story.quote()
    assert quotes() == 0
    story.wait(1)
    story.quote()
    assert quotes() == 3
    assert [path.name for path in metrics.path.parent.iterdir()] == ["metrics.json"]


# Acceptance


def acceptance(metrics: Metrics) -> dict[str, Any]:
    rows: dict[str, Any] = written(metrics)["acceptance"]
    return rows


def test_every_line_of_the_users_list_is_reported(metrics: Metrics, story: Story) -> None:
    whole(story)
    rows = acceptance(metrics)
    assert len(rows) == 19
    assert all(set(row) == {"measured", "limit", "ok"} for row in rows.values())
    assert [name for name, row in rows.items() if row["ok"] is False] == []
    assert [name for name, row in rows.items() if row["ok"] is None] == [
        "end_of_day_flatten",  # the calendar is `always`
        "memory_stable",  # not measured
    ]


def test_a_session_that_did_nothing_claims_nothing(metrics: Metrics) -> None:
    rows = acceptance(metrics)
    assert rows["market_orders_filled_within_1_s"]["ok"] is None
    assert rows["authentication"]["ok"] is None
    assert rows["stop_and_target_after_fill"]["ok"] is None


def test_a_slow_quote_fails_its_line(metrics: Metrics, story: Story) -> None:
    story.quote(age_ms=150)
    row = acceptance(metrics)["quotes_within_100_ms"]
    assert row == {"measured": 150, "limit": 100, "ok": False}


def test_an_entry_without_its_legs_fails_its_line(metrics: Metrics, story: Story) -> None:
    started(story)
    entered(story, legs=False)
    row = acceptance(metrics)["stop_and_target_after_fill"]
    assert row == {"measured": 1, "limit": 0, "ok": False}


def test_a_leg_that_works_on_while_flat_is_an_orphan(metrics: Metrics, story: Story) -> None:
    started(story)
    entered(story)
    story.position(0)
    story.wait(6_000)
    story.quote()
    rows = acceptance(metrics)
    assert rows["no_orphans"] == {"measured": 2, "limit": 0, "ok": False}


def test_a_hub_that_stays_away_fails_the_connection(metrics: Metrics, story: Story) -> None:
    story.tell(HubOpened(Hub.MARKET, 1))
    story.tell(HubLost(Hub.MARKET, 1, "gone"))
    story.wait(61_000)
    story.quote()
    rows = acceptance(metrics)
    assert rows["connection_stable"] == {"measured": 61, "limit": 60, "ok": False}
    assert rows["disconnects_handled"]["ok"] is False


def test_the_newest_health_of_each_hub_is_written(metrics: Metrics, story: Story) -> None:
    assert written(metrics)["hubs"] == {}
    quotes = StreamHealth("quotes", StreamState.MOVING, 40_000_000, 12.5, 3_000_000)
    story.tell(HubHealth(Hub.MARKET, BEGAN, True, 33, False, "", 0, 0, 0, 0, 0, ()))
    story.tell(
        HubHealth(Hub.MARKET, BEGAN, True, 100, True, "", 2_500_000, 0, 2, 1, 4 * SECOND, (quotes,))
    )
    assert written(metrics)["hubs"] == {
        "market": {
            "at": "2025-01-15T15:30:45.123000Z",
            "open": True,
            "score": 100,
            "words": "",
            "round_trip_ms": 2.5,
            "unanswered_ms": 0,
            "reconnects": 2,
            "gaps": 1,
            "lost_s": 4,
            "streams": {"quotes": {"state": "moving", "age_s": 0.04, "rate": 12.5, "lag_ms": 3}},
        }
    }


def test_a_user_hub_that_came_back_must_be_followed_by_a_reading(
    metrics: Metrics, story: Story
) -> None:
    story.tell(HubOpened(Hub.USER, 2))
    assert metrics.document()["acceptance"]["position_synced_after_reconnect"]["ok"] is False
    story.tell(PositionsFound((), story.at))
    assert metrics.document()["acceptance"]["position_synced_after_reconnect"]["ok"] is True


def test_a_market_hub_that_came_back_needs_no_reading(metrics: Metrics, story: Story) -> None:
    story.tell(HubOpened(Hub.MARKET, 2))
    assert metrics.document()["acceptance"]["position_synced_after_reconnect"]["ok"] is True


def test_an_entry_at_the_daily_loss_fails_its_line(metrics: Metrics, story: Story) -> None:
    started(story)
    story.tell(DayFigures(-LIMITS.max_daily_loss + 1, 1, 1, 0))
    verdict = decided(story)
    story.tell(place("ff-5"), cause=verdict)
    assert metrics.document()["acceptance"]["daily_loss_enforced"]["ok"] is True
    story.tell(DayFigures(-LIMITS.max_daily_loss, 2, 2, 0))
    story.tell(place("ff-6"))
    assert metrics.document()["acceptance"]["daily_loss_enforced"]["ok"] is False


def test_an_open_loss_counts_only_while_the_position_is_open(
    metrics: Metrics, story: Story
) -> None:
    verdict = decided(story)
    story.tell(PositionMarked(MES, 24_000, -LIMITS.max_daily_loss))
    story.tell(PositionChanged(MES, 0, 0, 0, 0))
    story.tell(place("ff-5"), cause=verdict)
    assert metrics.conduct.after_daily_loss == 0
    story.tell(PositionMarked(MES, 24_000, -LIMITS.max_daily_loss))
    story.tell(PositionChanged(MES, 1, 0, 0, 0))
    story.tell(place("ff-6"), cause=verdict)
    assert metrics.conduct.after_daily_loss == 1


def test_an_entry_that_was_never_filled_needs_no_legs(metrics: Metrics, story: Story) -> None:
    story.tell(place("ff-5"), cause=decided(story))
    story.order(order(status=OrderStatus.CANCELLED, tag="ff-5"))
    story.order(order(99, OrderStatus.FILLED, filled=1, tag="by-hand"))
    assert metrics.conduct.entries == 0


@pytest.mark.parametrize(("beyond", "wrong"), [(0, 0), (1, 1)])
def test_an_entry_may_risk_what_a_trade_may_risk_and_no_more(
    metrics: Metrics, story: Story, beyond: int, wrong: int
) -> None:
    risk = LIMITS.risk_per_trade + beyond
    kind = SignalKind.LONG_ENTRY
    story.tell(Approved(MES, BEGAN, kind, 24_201, 1, 10, 14, risk, 0, 500_000))
    assert metrics.conduct.wrong_sizes == wrong


def test_an_entry_larger_than_its_verdict_fails_the_sizing(metrics: Metrics, story: Story) -> None:
    verdict = decided(story)
    story.tell(place("ff-5", size=2), cause=verdict)
    assert acceptance(metrics)["sizing"] == {"measured": 1, "limit": 0, "ok": False}


TIMED = replace(
    LIMITS, flatten_time=time(16, 25), session_start=time(9, 30), session_end=time(16, 30)
)


@pytest.mark.parametrize(
    ("flat_at", "past"), [(time(16, 24), 0), (time(16, 26), 60), (time(16, 31), 360)]
)
def test_a_position_past_the_flatten_time_is_measured_in_seconds(
    tmp_path: Path, flat_at: time, past: int
) -> None:
    rows = end_of_day(Metrics(tmp_path / "metrics.json", TIMED), flat_at)
    assert rows["end_of_day_flatten"] == {"measured": past, "limit": 300, "ok": past <= 300}


def test_where_the_venue_wants_no_position_earlier_its_time_counts(tmp_path: Path) -> None:
    """16:10 New York less the margin, before flatten_time."""
    trading = load(None, ("trading.calendar=sessions",), environ={}).settings.trading
    timed = replace(TIMED, hours=sessions(trading))
    margin = int(trading.flat_margin_min * 60)
    for flat_at, past in ((time(16, 5), 0), (time(16, 20), 600 + margin)):
        folder = tmp_path / str(past)
        folder.mkdir()
        rows = end_of_day(Metrics(folder / "metrics.json", timed), flat_at)
        assert rows["end_of_day_flatten"]["measured"] == past


def test_before_the_day_s_session_a_position_is_not_late(tmp_path: Path) -> None:
    metrics = Metrics(tmp_path / "metrics.json", TIMED)
    story = Story(metrics)
    story.position(1)  # 10:30, and the flatten time of the day before is long past
    story.wait(60_000)
    story.position(0)
    assert metrics.conduct.late == 0


def test_a_position_held_over_night_is_late_from_the_flatten_time_on(tmp_path: Path) -> None:
    metrics = Metrics(tmp_path / "metrics.json", TIMED)
    story = Story(metrics)
    story.position(1)
    story.at += 16 * 3_600 * SECOND  # 02:30 the next morning
    story.position(0)
    assert metrics.conduct.late // SECOND == (16 * 60 - 355) * 60 + 45


def end_of_day(metrics: Metrics, flat_at: time) -> dict[str, Any]:
    story = Story(metrics)
    story.at -= 45_123_000_000  # 10:30:00 New York
    story.position(1)
    story.wait(((flat_at.hour - 10) * 3_600 + (flat_at.minute - 30) * 60) * 1_000)
    story.position(0)
    return acceptance(metrics)


def test_memory_is_measured_from_the_first_minute_on(tmp_path: Path) -> None:
    resident = iter([200_000_000, 205_000_000, 300_000_000])
    metrics = Metrics(tmp_path / "metrics.json", LIMITS, memory=lambda: next(resident))
    story = Story(metrics)
    for _ in range(3):
        story.quote()
        story.wait(40_000)
    story.quote()
    assert acceptance(metrics)["memory_stable"] == {"measured": 100, "limit": 64, "ok": False}


def test_the_limits_are_those_of_the_settings() -> None:
    file = Path(__file__).resolve().parents[2] / "config" / "live_trading.yaml"
    environment = dict.fromkeys(("TOPSTEPX_USERNAME", "TOPSTEPX_API_KEY"), "x")
    loaded = load(file, environ=environment | {"TOPSTEPX_ACCOUNT_ID": "1"})
    assert Limits.of(loaded.settings) == Limits(
        max_contracts=2,
        max_daily_loss=50 * DOLLAR,
        risk_per_trade=25 * DOLLAR,
        unprotected=2 * SECOND,
        stale=5 * SECOND,
        flatten_time=time(16, 25),
        session_start=time(9, 30),
        session_end=time(16, 30),
        hours=sessions(loaded.settings.trading),
    )


def test_an_unwritable_folder_is_told_at_once(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="missing"):
        Metrics(tmp_path / "missing" / "metrics.json", LIMITS)
