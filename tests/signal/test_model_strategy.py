"""The user's rules over the prediction."""

import pytest

from config.schema import Signal as Rules
from messages.decision import Direction, NoSignal, Signal, SignalKind, SignalRefusal
from tests.signal.bench import DOWN, FLAT, MES, NOW, PRICE, UP, ask, desk, nothing, predict

NEVER = Rules(exit_rule="never")
NOT_SUPPORTING = Rules(exit_rule="not_supporting")


def outcome(
    size: int, direction: Direction, confidence: float, rules: Rules | None = None
) -> SignalKind | SignalRefusal:
    answer = ask(desk(size, rules), predict(direction, confidence))
    return answer.kind if isinstance(answer, Signal) else answer.code


def test_a_signal_carries_the_prediction_s_confidence_and_the_last_close() -> None:
    assert ask(desk(), predict(UP, 0.7)) == Signal(
        MES.id, NOW, SignalKind.LONG_ENTRY, 0.7, PRICE, "UP predicted"
    )


@pytest.mark.parametrize(
    ("direction", "confidence", "expected"),
    [
        (UP, 0.65, SignalKind.LONG_ENTRY),
        (DOWN, 0.65, SignalKind.SHORT_ENTRY),
        (UP, 0.649999, SignalRefusal.LOW_CONFIDENCE),
        (DOWN, 0.649999, SignalRefusal.LOW_CONFIDENCE),
        (FLAT, 0.99, SignalRefusal.NO_DIRECTION),
    ],
)
def test_flat_it_enters_in_the_predicted_direction_from_the_least_confidence_on(
    direction: Direction, confidence: float, expected: SignalKind | SignalRefusal
) -> None:
    assert outcome(0, direction, confidence) == expected


@pytest.mark.parametrize(
    ("size", "against", "exit", "reverse"),
    [
        (1, DOWN, SignalKind.EXIT_LONG, SignalKind.REVERSE_TO_SHORT),
        (-2, UP, SignalKind.EXIT_SHORT, SignalKind.REVERSE_TO_LONG),
    ],
)
def test_in_a_position_the_opposite_prediction_exits_and_above_its_limit_reverses(
    size: int, against: Direction, exit: SignalKind, reverse: SignalKind
) -> None:
    assert outcome(size, against, 0.599999) is SignalRefusal.HOLDING
    assert outcome(size, against, 0.60) is exit
    assert outcome(size, against, 0.75) is exit
    assert outcome(size, against, 0.750001) is reverse


@pytest.mark.parametrize(("size", "support"), [(1, UP), (-1, DOWN)])
def test_a_prediction_for_the_side_holds_and_so_does_none(size: int, support: Direction) -> None:
    for rules in (None, NEVER):
        assert outcome(size, support, 0.9, rules) is SignalRefusal.HOLDING
        assert outcome(size, FLAT, 0.9, rules) is SignalRefusal.HOLDING


@pytest.mark.parametrize(
    ("size", "support", "against", "exit"),
    [(1, UP, DOWN, SignalKind.EXIT_LONG), (-1, DOWN, UP, SignalKind.EXIT_SHORT)],
)
def test_not_supporting_exits_on_anything_but_its_side_at_any_confidence(
    size: int, support: Direction, against: Direction, exit: SignalKind
) -> None:
    assert outcome(size, against, 0.34, NOT_SUPPORTING) is exit
    assert outcome(size, FLAT, 0.34, NOT_SUPPORTING) is exit
    assert outcome(size, support, 0.34, NOT_SUPPORTING) is SignalRefusal.HOLDING


def test_never_leaves_the_way_out_to_stop_and_target_but_still_reverses() -> None:
    assert outcome(1, DOWN, 0.75, NEVER) is SignalRefusal.HOLDING
    assert outcome(1, DOWN, 0.76, NEVER) is SignalKind.REVERSE_TO_SHORT


def test_a_reversal_needs_an_entry_s_confidence_too() -> None:
    for confidence, kind in ((0.89, SignalKind.EXIT_LONG), (0.9, SignalKind.REVERSE_TO_SHORT)):
        answer = ask(desk(1, min_confidence=0.9), predict(DOWN, confidence))
        assert isinstance(answer, Signal)
        assert answer.kind is kind


@pytest.mark.parametrize("size", [0, 1, -1])
def test_without_a_prediction_there_is_no_signal(size: int) -> None:
    words = "cold_window 12 of 20 bars"
    expected = NoSignal(MES.id, NOW, SignalRefusal.NO_PREDICTION, words)
    assert ask(desk(size), nothing()) == expected
