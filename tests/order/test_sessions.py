"""Named mishaps of orders in whole sessions on the simulated venue, judged by the oracle: with both
kinds of bracket nothing opens the other side for long, and it ends flat or protected.
"""

import json
from collections.abc import Callable, Sequence
from functools import partial

import pytest

from actors.runtime.delivery import Published, Record
from messages.base import MILLISECOND
from messages.control import Alarm, AlarmKind
from messages.decision import SignalKind
from messages.order import (
    CloseContract,
    ModifyOrder,
    OrderEvent,
    OrderStatus,
    Phase,
    PhaseChanged,
    PlaceOrder,
    Purpose,
    StopMoved,
)
from tests.order.strategies import TURNING
from tests.simulation.bench import Bench, broken, dollars, settings
from tests.simulation.strategies import EAGER, PATIENT

pytestmark = pytest.mark.slow

MODES = ("native", "manual")
LARGE = "risk.max_contracts=4"


class Story:
    """A session of one mode of brackets, and what is made to happen in it."""

    def __init__(self, mode: str, *overrides: str, seconds: float = 30.0, seed: int = 5) -> None:
        self.hooks: list[Callable[[Published], None]] = []
        chosen = settings(f"execution.brackets={mode}", *overrides)
        self.bench = Bench(seed, seconds, chosen, also=(self,))
        self.session = self.bench.session

    def record(self, record: Record) -> None:
        if isinstance(record, Published):
            for hook in self.hooks:
                hook(record)

    def flush(self) -> None:
        """Nothing is written."""

    def close(self) -> None:
        """Nothing to close."""

    def held(self, act: Callable[[], None], at: float = 5.0) -> None:
        """Do something 0.5 s after the first position that is held after `at` seconds."""

        def look() -> None:
            if self.session.held:
                self.session.at(self.session.seconds + 0.5, act)
            else:
                self.session.at(self.session.seconds + 0.05, look)

        self.session.at(at, look)

    def filling(self, act: Callable[[], None]) -> None:
        """Do something when the stop of an entry works that is filled in part only, once."""
        entries: dict[int, bool] = {}

        def look(sent: Published) -> None:
            match sent.message:
                case OrderEvent(order=order) if order.tag and order.tag.endswith("-SL"):
                    if any(entries.values()) and order.status is OrderStatus.OPEN:
                        entries.clear()
                        self.hooks.remove(look)
                        self.session.runtime.at(sent.at + MILLISECOND, act)
                case OrderEvent(order=order) if order.tag and "-" not in order.tag[3:]:
                    entries[order.id] = order.status.working and order.filled > 0
                case _:
                    pass

        self.hooks.append(look)

    def fault(self, name: str, at: float = 5.0, **body: object) -> None:
        text = json.dumps({"name": name, **body}).encode()
        self.held(lambda: self.session.control("/sim/faults", text), at)

    def jump(self, *ticks: int) -> None:
        for jump in ticks:
            self.session.control("/sim/market", json.dumps({"jump": jump}).encode())

    def filled(self, suffix: str) -> set[str]:
        """Entries whose leg of that name was filled, in part at least."""
        return {
            event.order.tag.removesuffix(suffix)
            for event in self.bench.ear.of(OrderEvent)
            if event.order.tag and event.order.tag.endswith(suffix) and event.order.filled
        }

    def placed(self, purpose: Purpose) -> list[PlaceOrder]:
        sent: Sequence[PlaceOrder] = self.bench.ear.of(PlaceOrder)
        return [order for order in sent if order.purpose is purpose]

    def alarms(self) -> set[AlarmKind]:
        return {alarm.kind for alarm in self.bench.ear.of(Alarm)}

    def end(self, trips: int = 2) -> None:
        """Run it: every promise kept, every cent agreed, flat, and it went on trading."""
        ended, report = self.bench.run()
        assert not broken(report.violations), report.details
        assert not broken(ended.violations)
        assert dollars(ended.net) == sum(report.net.values()) == sum(report.balance_change.values())
        assert (ended.code, ended.state) == (0, "FLAT")
        assert ended.round_trips >= trips


@pytest.mark.parametrize("mode", MODES)
def test_both_legs_fill_in_a_fast_market(mode: str) -> None:
    story = Story(mode, *PATIENT)

    def there_and_back() -> None:
        story.jump(60)
        for at, ticks in ((0.004, -120), (0.2, 60)):
            story.session.at(story.session.seconds + at, partial(story.jump, ticks))

    story.held(there_and_back)
    story.end()
    assert story.filled("-SL") & story.filled("-TP"), "both legs of one entry"


@pytest.mark.parametrize("mode", MODES)
def test_a_stop_fills_while_a_close_is_on_its_way(mode: str) -> None:
    story = Story(mode, *EAGER)
    raced: list[int] = []

    def race(sent: Published) -> None:
        if isinstance(sent.message, CloseContract) and not raced:
            raced.append(sent.at)
            runtime = story.session.runtime
            at = sent.at + 6 * MILLISECOND
            runtime.at(at, lambda: story.jump(-60, 120, -60))  # to the stop, wherever it lies

    story.hooks.append(race)
    story.end()
    assert raced
    assert story.filled("-SL")


@pytest.mark.parametrize("mode", MODES)
def test_a_stop_fills_while_the_entry_is_filling(mode: str) -> None:
    story = Story(mode, *PATIENT, LARGE, "execution.order_type=limit")
    body = b'{"name": "partial_fills", "duration": 30, "probability": 1}'
    story.session.control("/sim/faults", body)
    story.filling(lambda: story.jump(-60, 120, -60))
    story.end()
    assert story.filled("-SL")
    reasons = {change.reason for change in story.bench.ear.of(PhaseChanged)}
    if mode == "manual":  # here the legs work before the entry has filled
        assert "stopped with more filled than the stop held" in reasons
        assert not story.alarms()


@pytest.mark.parametrize("mode", MODES)
def test_a_stop_moved_by_hand_is_told_in_dollars_and_kept(mode: str) -> None:
    story = Story(mode, *EAGER)
    story.fault("move_stop_by_hand", ticks=8)
    story.end()
    (moved,) = story.bench.ear.of(StopMoved)
    assert abs(moved.stop - moved.was) == 8
    nearest = story.bench.settings.risk.min_stop_ticks + 8
    assert moved.risk >= nearest * 12_500, "of one contract at least"
    assert AlarmKind.STOP_MOVED in story.alarms()
    assert AlarmKind.BRACKET_LOST not in story.alarms()


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("fault", ["external_close", "cancel_brackets"])
def test_another_hand_takes_position_or_legs_away(mode: str, fault: str) -> None:
    story = Story(mode, *EAGER)
    story.fault(fault)
    story.end()


@pytest.mark.parametrize("mode", MODES)
def test_every_stop_is_rejected(mode: str) -> None:
    story = Story(mode, *EAGER)
    story.session.control("/sim/faults", b'{"name": "reject_stop", "duration": 12}')
    story.end()
    assert AlarmKind.BRACKET_LOST in story.alarms()


@pytest.mark.parametrize("mode", MODES)
def test_every_user_event_is_lost(mode: str) -> None:
    """Fills are found by asking, and no position is naked for it."""
    story = Story(mode, *EAGER)
    story.session.control("/sim/faults", b'{"name": "drop_fill_events", "duration": 40}')
    story.end(trips=1)
    assert Phase.PROTECTED in {change.phase for change in story.bench.ear.of(PhaseChanged)}


@pytest.mark.parametrize("mode", MODES)
def test_answers_to_orders_are_lost(mode: str) -> None:
    story = Story(mode, *EAGER, seconds=45)
    body = {"name": "lose_response_after_accept", "duration": 40, "probability": 0.5}
    text = json.dumps({**body, "target": "/api/Order/place"}).encode()
    story.session.at(3, lambda: story.session.control("/sim/faults", text))
    story.end()
    tags = [order.tag for order in story.bench.ear.of(PlaceOrder)]
    assert len(tags) == len(set(tags))


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("kind", ["market", "limit"])
def test_fills_come_in_parts_and_events_late_twice_or_not_at_all(mode: str, kind: str) -> None:
    story = Story(
        mode, *PATIENT, LARGE, f"execution.order_type={kind}", "risk.max_stop_ticks=8",
        "risk.reward_risk=0.5", seconds=60,
    )  # fmt: skip
    for name in ("partial_fills", "drop_fill_events", "duplicate_events", "reorder_events"):
        body = json.dumps({"name": name, "duration": 55, "probability": 0.3}).encode()
        story.session.at(3, partial(story.session.control, "/sim/faults", body))
    story.end()
    if (mode, kind) == ("manual", "limit"):
        assert story.bench.ear.of(ModifyOrder)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("lost", [False, True])
def test_a_reverse_enters_only_once_the_venue_has_said_flat(mode: str, *, lost: bool) -> None:
    """Two phases, whatever becomes of the close's answer."""
    story = Story(mode, *TURNING, seconds=60)
    if lost:
        body = {"name": "lose_response_after_accept", "duration": 60, "probability": 0.5}
        text = json.dumps({**body, "target": "/api/Position/closeContract"}).encode()
        story.session.at(3, lambda: story.session.control("/sim/faults", text))
    story.end(trips=3)
    exits = [
        change.phase
        for change in story.bench.ear.of(PhaseChanged)
        if change.reason.startswith(f"exit: {SignalKind.REVERSE_TO_SHORT.value}")
    ]
    assert exits[:2] == [Phase.EXITING, Phase.FLAT]
    phase = Phase.FLAT
    working: set[int] = set()
    for _, _, message in story.bench.ear.said:
        match message:
            case PhaseChanged():
                phase = message.phase
            case OrderEvent(order=order):
                (working.add if order.status.working else working.discard)(order.id)
            case PlaceOrder(purpose=Purpose.ENTRY):
                assert phase is Phase.ENTERING
                assert not working, "orphans are gone before the next entry"
            case _:
                pass


@pytest.mark.parametrize("adoption", ["protect", "flatten"])
@pytest.mark.parametrize("mode", MODES)
def test_a_position_bought_by_hand_is_covered_or_closed(mode: str, adoption: str) -> None:
    quiet = ("risk.cooldown_s=0", "model.min_confidence=1.0")
    story = Story(mode, *quiet, f"execution.adoption={adoption}")
    body = b'{"name": "external_order"}'
    story.session.at(8, lambda: story.session.control("/sim/faults", body))
    story.end(trips=0)
    stops = story.placed(Purpose.STOP)
    assert len(stops) == (1 if adoption == "protect" else 0)
    kept = {change.phase for change in story.bench.ear.of(PhaseChanged)}
    assert (Phase.PROTECTED in kept) is (adoption == "protect")
