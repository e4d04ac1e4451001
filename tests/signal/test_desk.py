"""One answer a bar, and only what the engine's state has room for."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from actors.signal.desk import Answer, Desk
from actors.signal.strategy import RECENT, View
from config.schema import Signal as Rules
from messages.base import SECOND
from messages.decision import (
    Approved,
    Denial,
    Denied,
    NoSignal,
    Signal,
    SignalKind,
    SignalRefusal,
)
from messages.order import Phase
from tests.signal.bench import DOWN, MES, NOW, PRICE, UP, ask, bar, desk, nothing, predict

APPROVED = Approved(MES.id, NOW, SignalKind.LONG_ENTRY, PRICE, 1, 12, 18, 150_000, 0, 500_000)
DENIED = Denied(MES.id, NOW, SignalKind.LONG_ENTRY, Denial.IN_POSITION, 1, 0, "contracts")


class Says:
    """A strategy with one wish."""

    def __init__(self, kind: SignalKind) -> None:
        self.kind = kind
        self.views: list[View] = []

    def decide(self, view: View) -> Signal | NoSignal:
        self.views.append(view)
        return Signal(view.contract, view.bar.end, self.kind, 1.0, view.bar.close)


def says(kind: SignalKind, size: int = 0, phase: Phase | None = None) -> Desk:
    made = Desk(MES.id, Says(kind), Rules())
    made.size = size
    made.moved(phase or (Phase.PROTECTED if size else Phase.FLAT))
    return made


def code(answer: Signal | NoSignal) -> SignalRefusal:
    assert isinstance(answer, NoSignal), answer
    return answer.code


def test_a_bar_is_answered_when_its_prediction_comes() -> None:
    at = desk()
    assert at.closed(bar(), True) == []
    (answer,) = at.predicted(predict(UP), True)
    assert (answer.contract, answer.bar_end) == (MES.id, NOW)


def test_a_prediction_ahead_of_its_bar_waits_for_it() -> None:
    at = desk()
    assert at.predicted(predict(UP), True) == []
    (answer,) = at.closed(bar(), True)
    assert isinstance(answer, Signal)


def test_neither_a_bar_nor_a_prediction_is_answered_twice() -> None:
    at = desk()
    ask(at, predict(UP))
    assert at.closed(bar(), True) == []
    assert at.predicted(predict(DOWN), True) == []
    assert at.closed(bar(1), True) == []


def test_a_bar_that_the_next_overtakes_is_answered_without_its_prediction() -> None:
    at = desk()
    at.closed(bar(0), True)
    (missed,) = at.closed(bar(1), True)
    assert (missed.bar_end, code(missed)) == (NOW, SignalRefusal.NO_PREDICTION)
    assert at.predicted(predict(UP, number=0), True) == []
    (answer,) = at.predicted(predict(UP, number=1), True)
    assert isinstance(answer, Signal)


def test_a_prediction_whose_bar_never_comes_is_answered_all_the_same() -> None:
    at = desk()
    at.predicted(predict(UP, number=0), True)
    (lost,) = at.closed(bar(1), True)
    assert (lost.bar_end, code(lost)) == (NOW, SignalRefusal.BUSY)


@given(
    st.lists(st.tuples(st.booleans(), st.integers(0, 6)), max_size=40),
    st.booleans(),
)
def test_whatever_comes_in_whatever_order_no_bar_has_two_answers(
    events: list[tuple[bool, int]], allowed: bool
) -> None:
    at = desk()
    answers: list[Answer] = []
    for closes, number in events:
        if closes:
            answers += at.closed(bar(number), allowed)
        else:
            answers += at.predicted(predict(UP, number=number), allowed)
    ends = [answer.bar_end for answer in answers]
    assert len(ends) == len(set(ends))


@given(st.lists(st.sampled_from(["bar first", "prediction first", "no prediction"]), max_size=20))
def test_every_bar_but_the_newest_has_its_answer(history: list[str]) -> None:
    at = desk()
    answers: list[Answer] = []
    for number, order in enumerate(history):
        steps = [lambda n=number: at.closed(bar(n), True)]
        if order != "no prediction":
            steps.append(lambda n=number: at.predicted(predict(UP, number=n), True))
        for step in reversed(steps) if order == "prediction first" else steps:
            answers += step()
    answered = [answer.bar_end for answer in answers]
    waiting = 1 if history and history[-1] == "no prediction" else 0
    assert answered == [NOW + n * SECOND for n in range(len(history) - waiting)]


@pytest.mark.parametrize("kind", [SignalKind.LONG_ENTRY, SignalKind.SHORT_ENTRY])
def test_entries_are_withheld_while_not_allowed(kind: SignalKind) -> None:
    at = says(kind)
    assert code(ask(at, nothing(), allowed=False)) is SignalRefusal.NOT_ALLOWED
    answer = ask(at, nothing(1), number=1, allowed=True)
    assert isinstance(answer, Signal)


@pytest.mark.parametrize(
    ("reversal", "size", "exit"),
    [
        (SignalKind.REVERSE_TO_SHORT, 1, SignalKind.EXIT_LONG),
        (SignalKind.REVERSE_TO_LONG, -1, SignalKind.EXIT_SHORT),
    ],
)
def test_a_reversal_becomes_its_exit_while_entries_are_not_allowed(
    reversal: SignalKind, size: int, exit: SignalKind
) -> None:
    at = says(reversal, size)
    allowed = ask(at, nothing(), allowed=True)
    withheld = ask(at, nothing(1), number=1, allowed=False)
    assert isinstance(allowed, Signal)
    assert withheld == replace(
        allowed, kind=exit, bar_end=NOW + SECOND, reason=f"; {reversal} not: not_allowed"
    )


@pytest.mark.parametrize(("kind", "size"), [(SignalKind.EXIT_LONG, 1), (SignalKind.EXIT_SHORT, -1)])
def test_exits_need_no_permission(kind: SignalKind, size: int) -> None:
    assert isinstance(ask(says(kind, size), nothing(), allowed=False), Signal)


@pytest.mark.parametrize("phase", [Phase.ENTERING, Phase.EXITING, Phase.UNKNOWN])
def test_a_busy_contract_is_left_alone_except_to_flatten_it(phase: Phase) -> None:
    busy = ask(says(SignalKind.EXIT_LONG, 1, phase), nothing())
    assert (code(busy), busy) == (
        SignalRefusal.BUSY,
        NoSignal(MES.id, NOW, SignalRefusal.BUSY, phase.value),
    )
    assert isinstance(ask(says(SignalKind.FLATTEN, 1, phase), nothing(), allowed=False), Signal)


def test_an_unknown_position_is_not_taken_for_flat() -> None:
    at = says(SignalKind.LONG_ENTRY)
    at.size = None
    assert code(ask(at, nothing())) is SignalRefusal.BUSY
    at.size = 0
    assert isinstance(ask(at, nothing(1), number=1), Signal)


def test_unknown_orders_are_not_taken_for_none() -> None:
    at = says(SignalKind.LONG_ENTRY)
    at.phase = None
    assert code(ask(at, nothing())) is SignalRefusal.BUSY


@pytest.mark.parametrize(("size", "phase"), [(1, Phase.FLAT), (0, Phase.PROTECTED)])
def test_orders_and_fills_that_disagree_keep_the_contract_busy(size: int, phase: Phase) -> None:
    kind = SignalKind.EXIT_LONG if size else SignalKind.LONG_ENTRY
    assert code(ask(says(kind, size, phase), nothing())) is SignalRefusal.BUSY


@pytest.mark.parametrize(
    ("kind", "fits"),
    [
        (SignalKind.LONG_ENTRY, 0),
        (SignalKind.SHORT_ENTRY, 0),
        (SignalKind.EXIT_LONG, 2),
        (SignalKind.REVERSE_TO_SHORT, 2),
        (SignalKind.EXIT_SHORT, -2),
        (SignalKind.REVERSE_TO_LONG, -2),
    ],
)
def test_a_signal_that_contradicts_the_position_is_withheld(kind: SignalKind, fits: int) -> None:
    for size in (0, 2, -2):
        answer = ask(says(kind, size), nothing())
        if size == fits:
            assert isinstance(answer, Signal)
        else:
            assert code(answer) is SignalRefusal.STRATEGY


def test_an_approved_signal_is_not_repeated_before_the_order_room_moves() -> None:
    at = says(SignalKind.LONG_ENTRY)
    ask(at, nothing())
    at.judged(APPROVED)
    assert code(ask(at, nothing(1), number=1)) is SignalRefusal.BUSY
    at.moved(Phase.FLAT)
    assert isinstance(ask(at, nothing(2), number=2), Signal)


def test_an_approved_signal_that_nobody_takes_up_holds_for_two_seconds() -> None:
    at = says(SignalKind.LONG_ENTRY)
    at.judged(APPROVED)
    assert code(ask(at, nothing(1), number=1)) is SignalRefusal.BUSY
    assert isinstance(ask(at, nothing(2), number=2), Signal)


def test_a_denial_after_the_approval_frees_the_contract() -> None:
    at = says(SignalKind.LONG_ENTRY)
    at.judged(APPROVED)
    at.judged(DENIED)
    assert isinstance(ask(at, nothing(1), number=1), Signal)


def test_the_strategy_sees_every_bar_even_while_nothing_can_be_done() -> None:
    strategy = Says(SignalKind.LONG_ENTRY)
    at = Desk(MES.id, strategy, Rules())
    ask(at, predict(UP), allowed=False)
    at.size = -3
    at.moved(Phase.EXITING)
    ask(at, nothing(1), number=1)
    unknown = "the position is not known yet"
    assert strategy.views == [
        View(MES.id, bar(), predict(UP), 0, unknown, False, False, (bar(),)),
        View(MES.id, bar(1), nothing(1), -3, "exiting", True, False, (bar(), bar(1))),
    ]


def shown(at: Desk, number: int) -> list[int]:
    """The numbers of the bars that are shown with bar `number`."""
    strategy = Says(SignalKind.FLATTEN)
    at._strategy = strategy
    ask(at, nothing(number), number)
    return [(one.end - NOW) // SECOND for one in strategy.views[0].recent]


def test_the_newest_bars_are_shown_and_no_more_than_that() -> None:
    at = says(SignalKind.FLATTEN)
    for number in range(RECENT):
        ask(at, nothing(number), number)
    assert shown(at, RECENT) == list(range(1, RECENT + 1))


def test_the_past_comes_before_the_bars_that_were_seen_and_replaces_none() -> None:
    at = says(SignalKind.FLATTEN)
    ask(at, nothing())
    at.past([bar(number) for number in (-3, -1, 0, 1)])
    at.past([bar(number) for number in (-3, -1, 0, 1)])
    assert shown(at, 1) == [-3, -1, 0, 1]
    early = says(SignalKind.FLATTEN)
    early.past([bar(number) for number in range(-RECENT, 0)])
    assert shown(early, 0) == list(range(1 - RECENT, 1))


def test_a_bar_that_the_past_has_already_is_shown_once_with_what_the_tape_says() -> None:
    strategy = Says(SignalKind.FLATTEN)
    at = Desk(MES.id, strategy, Rules())
    at.past([bar(-1), replace(bar(0), volume=7), bar(1)])
    ask(at, nothing())
    (view,) = strategy.views
    assert view.recent == (bar(-1), bar(0))


def test_a_bar_that_was_never_decided_on_is_shown_with_the_next() -> None:
    strategy = Says(SignalKind.FLATTEN)
    at = Desk(MES.id, strategy, Rules())
    at.closed(bar(0), True)
    at.closed(bar(1), True)
    at.predicted(nothing(1), True)
    (view,) = strategy.views
    assert view.recent == (bar(0), bar(1))


def test_an_answer_about_another_bar_is_the_strategy_s_error() -> None:
    class Late:
        def decide(self, view: View) -> Signal | NoSignal:
            return NoSignal(view.contract, view.bar.end - SECOND, SignalRefusal.STRATEGY)

    at = Desk(MES.id, Late(), Rules())
    with pytest.raises(ValueError, match="the strategy answered about"):
        ask(at, nothing())


@pytest.mark.parametrize(
    ("wish", "size", "expected"),
    [
        (SignalKind.LONG_ENTRY, 0, SignalRefusal.DEGRADED),
        (SignalKind.EXIT_LONG, 1, SignalKind.EXIT_LONG),
        (SignalKind.REVERSE_TO_SHORT, 1, SignalKind.EXIT_LONG),
        (SignalKind.FLATTEN, 1, SignalKind.FLATTEN),
    ],
)
def test_on_a_degraded_bar_there_is_no_entry_and_every_way_out(
    wish: SignalKind, size: int, expected: SignalKind | SignalRefusal
) -> None:
    at = says(wish, size)
    at.closed(bar(), True, degraded=True)
    (answer,) = at.predicted(nothing(), True)
    found = answer.kind if isinstance(answer, Signal) else answer.code
    assert found == expected
    at.closed(bar(1), True)
    (answer,) = at.predicted(nothing(1), True)
    assert isinstance(answer, Signal), "the next bar is judged by itself"
    assert answer.kind is wish
