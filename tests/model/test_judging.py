"""The answer to one bar: a prediction with its features, or a reason."""

from collections.abc import Sequence

import pytest
from msgspec.structs import replace

from actors.model.judging import judge
from actors.model.window import Window
from messages.base import SECOND
from messages.decision import Direction, Features, ModelRefusal, NoPrediction, Prediction
from messages.market import Bar, BarClosed
from models.features import PAST, values

T = 1_790_000_000 * SECOND
MES = "CON.F.US.MES.Z26"


class Fixed:
    """A scorer that always says the same."""

    def __init__(self, down: float, flat: float, up: float) -> None:
        self.chances = (down, flat, up)

    def score(self, values: Sequence[float]) -> tuple[float, float, float]:
        return self.chances


def live(second: int) -> Bar:
    start = T + second * SECOND
    return Bar(start, start + SECOND, 9, 9, 9, 9, 3, 2, 1, 2, 27, 9, 10, 5, 5, 9, 9)


def warm() -> Window:
    """A window that lacks one bar."""
    window = Window()
    for second in range(PAST - 1):
        window.add(live(second))
    return window


def answer(down: float, flat: float, up: float) -> Prediction:
    closed = BarClosed(MES, live(PAST - 1))
    _, prediction = judge(warm(), closed, Fixed(down, flat, up), "abc")
    assert isinstance(prediction, Prediction)
    return prediction


@pytest.mark.parametrize(
    ("chances", "direction", "confidence"),
    [
        ((0.7, 0.2, 0.1), Direction.DOWN, 0.7),
        ((0.2, 0.5, 0.3), Direction.FLAT, 0.5),
        ((0.1, 0.2, 0.7), Direction.UP, 0.7),
        ((0.45, 0.10, 0.45), Direction.DOWN, 0.45),
        ((1 / 3, 1 / 3, 1 / 3), Direction.FLAT, 0.333333),
    ],
)
def test_the_likeliest_class_is_the_direction_and_its_chance_the_confidence(
    chances: tuple[float, float, float], direction: Direction, confidence: float
) -> None:
    found = answer(*chances)
    assert (found.direction, found.confidence) == (direction, confidence)


def test_chances_are_rounded_to_a_millionth() -> None:
    assert answer(0.1234564, 0.3000001, 0.5765437).up == 0.576544
    assert answer(0.1234564, 0.3000001, 0.5765437).down == 0.123456


def test_a_prediction_names_its_bar_its_model_and_its_inputs() -> None:
    window = warm()
    closed = BarClosed(MES, live(PAST - 1))
    features, prediction = judge(window, closed, Fixed(0.1, 0.2, 0.7), "abc")
    assert features == Features(MES, closed.bar.end, values(tuple(window.bars)))
    assert isinstance(prediction, Prediction)
    assert (prediction.contract, prediction.bar_end, prediction.model) == (
        MES,
        closed.bar.end,
        "abc",
    )


def test_a_degraded_bar_is_refused_by_its_own_code() -> None:
    closed = BarClosed(MES, live(PAST - 1), degraded=True)
    (refusal,) = judge(warm(), closed, Fixed(0, 0, 1), "abc")
    assert isinstance(refusal, NoPrediction)
    assert refusal.code is ModelRefusal.DEGRADED


def test_a_cold_window_says_how_much_is_missing() -> None:
    (refusal,) = judge(Window(), BarClosed(MES, live(0)), Fixed(0, 0, 1), "abc")
    assert refusal == NoPrediction(
        MES, T + SECOND, ModelRefusal.COLD_WINDOW, "1 of 33 bars, 1 of 17 with flow and book"
    )


def test_chances_that_are_no_numbers_are_refused() -> None:
    closed = BarClosed(MES, live(PAST - 1))
    _, refusal = judge(warm(), closed, Fixed(float("nan"), 0.5, 0.5), "abc")
    assert isinstance(refusal, NoPrediction)
    assert refusal.code is ModelRefusal.NOT_FINITE


def test_features_that_are_no_numbers_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("actors.model.judging.values", lambda bars: (float("inf"),))
    (refusal,) = judge(warm(), BarClosed(MES, live(PAST - 1)), Fixed(0, 0, 1), "abc")
    assert isinstance(refusal, NoPrediction)
    assert (refusal.code, refusal.detail) == (ModelRefusal.NOT_FINITE, "features")


def test_a_gap_is_told_by_its_code() -> None:
    late = replace(live(PAST + 5))
    (refusal,) = judge(warm(), BarClosed(MES, late), Fixed(0, 0, 1), "abc")
    assert isinstance(refusal, NoPrediction)
    assert refusal.code is ModelRefusal.GAP


def test_the_features_are_told_before_the_network_is_asked() -> None:
    class Silent:
        def score(self, values: Sequence[float]) -> tuple[float, float, float]:
            raise AssertionError("asked too early")

    closed = BarClosed(MES, live(PAST - 1))
    assert isinstance(next(judge(warm(), closed, Silent(), "abc")), Features)
