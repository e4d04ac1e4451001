"""Defects to plant in a session that is whole, and what the doctor must say of each."""

from collections.abc import Callable
from typing import Any

from messages.base import MILLISECOND, SECOND
from tests.trace.bench import DELIVERY, MESSAGE, Lines, first, without

HUB = "market_hub#1"


def entry(lines: Lines) -> dict[str, Any]:
    return first(lines, MESSAGE, "PlaceOrder")


def signal(lines: Lines) -> dict[str, Any]:
    return first(lines, MESSAGE, "Signal")


def absent_cause(lines: Lines) -> Lines:
    signal(lines)["causes"] = [f"{HUB}:99999999"]
    return lines


def later_cause(lines: Lines) -> Lines:
    """The supervisor's rounds go on to the end."""
    signal(lines)["causes"] = [lines[-1]["id"]]
    return lines


def cause_of_another(lines: Lines) -> Lines:
    signal(lines)["causes"] = [first(lines, MESSAGE, "Quote")["id"]]
    return lines


def cause_of_before(lines: Lines) -> Lines:
    signal(lines)["causes"] = [first(lines, MESSAGE, "NoPrediction")["id"]]
    return lines


def cause_not_yet_taken_up(lines: Lines) -> Lines:
    cause = signal(lines)["causes"][0]
    first(lines, DELIVERY, id=cause)["started"] += MILLISECOND
    return lines


def lost_prediction(lines: Lines) -> Lines:
    cause = signal(lines)["causes"][0]
    return [line for line in lines if line.get("id") != cause]


def lost_message(lines: Lines) -> Lines:
    return without(lines, first(lines, MESSAGE, "Prediction"))


def lost_result(lines: Lines) -> Lines:
    return without(lines, first(lines, MESSAGE, "PlaceResult"))


def lost_refusal(lines: Lines) -> Lines:
    """Nobody receives it, and nothing follows: only what it answers can tell."""
    return without(lines, first(lines, MESSAGE, "NoSignal"))


def fill_of_nobody(lines: Lines) -> Lines:
    first(lines, MESSAGE, "FillEvent")["message"]["fill"]["order"] = 999
    return lines


def no_end(lines: Lines) -> Lines:
    return without(lines, first(lines, DELIVERY, "Prediction"))


def two_ends(lines: Lines) -> Lines:
    return [*lines, first(lines, DELIVERY, "Prediction")]


def end_elsewhere(lines: Lines) -> Lines:
    first(lines, DELIVERY, "Prediction")["receiver"] = "risk"
    return lines


def gap(lines: Lines) -> Lines:
    """A depth record: nothing follows from it."""
    gone = first(lines, MESSAGE, "Depth")["id"]
    return [line for line in lines if line.get("id") != gone]


def number_again(lines: Lines) -> Lines:
    again = first(lines, MESSAGE, "Depth")
    return [*lines, {**again, "receivers": []}]


def backward(lines: Lines) -> Lines:
    first(lines, MESSAGE, id=f"{HUB}:50")["at"] -= 60 * SECOND
    return lines


def silence(lines: Lines) -> Lines:
    begin = lines[-1]["sent"] - 10 * SECOND
    return [
        line for line in lines if not 0 < line.get("at", line.get("done", 0)) - begin < 3 * SECOND
    ]


def no_body(lines: Lines) -> Lines:
    first(lines, MESSAGE, "Tape")["message"] = None
    return lines


def slow(lines: Lines) -> Lines:
    first(lines, DELIVERY, "Prediction")["done"] += 3 * SECOND
    return lines


def dead(lines: Lines) -> Lines:
    first(lines, DELIVERY, "Prediction").update(outcome="dead", error="ValueError('planted')")
    return lines


def resent(lines: Lines) -> Lines:
    """The venue is sent the same tag twice."""
    again = entry(lines)
    return [*lines, {**again, "id": "order#1:9999999", "receivers": [], "at": lines[-1]["done"]}]


PLANTED: list[tuple[Callable[[Lines], Lines], str, str]] = [
    (absent_cause, "wrong edge", f"Signal of signal names {HUB}:99999999 as a cause, which is not"),
    (later_cause, "wrong edge", "which comes later"),
    (cause_of_another, "wrong edge", "which signal never received"),
    (cause_of_before, "wrong edge", "which signal was done with"),
    (cause_not_yet_taken_up, "wrong edge", "which signal took up only later"),
    (lost_prediction, "missing hop", "was sent without Prediction behind it"),
    (lost_result, "missing hop", "gateway took PlaceOrder and gave no PlaceResult"),
    (
        lost_refusal,
        "missing hop",
        "signal took a bar and its prediction and gave no NoSignal or Signal",
    ),
    (fill_of_nobody, "missing hop", "of order 999, which nobody here sent"),
    (no_end, "unaccounted", "Prediction to signal has no end"),
    (two_ends, "unaccounted", "Prediction ended twice at signal"),
    (end_elsewhere, "unaccounted", "Prediction ended at risk, to whom it was not sent"),
    (lost_message, "unaccounted", "Prediction ended at signal, and was never sent"),
    (gap, "gap", "lines are missing"),
    (number_again, "number again", f"{HUB} has sent"),
    (backward, "time runs back", "ms older than what"),
    (silence, "silence", "nothing for 3."),
    (no_body, "body left out", "1 of Tape"),
    (slow, "slow handler", "signal was 3.00 s with Prediction"),
    (dead, "dead letter", "Prediction at signal: ValueError('planted')"),
    (resent, "ONE_ORDER", "is used again"),
]
PLANTS = [f"{plant.__name__}, {what}" for plant, what, _ in PLANTED]
