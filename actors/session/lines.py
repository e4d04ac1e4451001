"""What the human log says of each message: a level and a text. Pure; see user.md "Log".

DEBUG: bars, predictions, features. INFO: signals, orders, fills. WARNING: risk events and the
connection. ERROR: failures. What repeats unchanged every bar is said once, then at DEBUG.
"""

from collections.abc import Mapping

from actors.session import control_lines, order_lines
from actors.session.memory import Line, Memory, Writer
from actors.session.units import Instruments, dollars, price, symbol
from messages.base import Message
from messages.decision import (
    Approved,
    Denied,
    Features,
    NoPrediction,
    NoSignal,
    Permission,
    Prediction,
    Signal,
)
from messages.market import BarClosed


def lines(message: Message, instruments: Instruments, memory: Memory) -> list[Line]:
    """The log's lines for one message, in order; none for what a person need not read.

    `memory` holds what was said before, and is updated.
    """
    write = WRITERS.get(type(message).__name__)
    return [] if write is None else write(message, instruments, memory)


def _bar(closed: BarClosed, instruments: Instruments, memory: Memory) -> list[Line]:
    bar, contract = closed.bar, closed.contract
    opened, high, low, close = (
        price(instruments, contract, ticks) for ticks in (bar.open, bar.high, bar.low, bar.close)
    )
    name = symbol(instruments, contract)
    return [("DEBUG", f"BAR: {name} o={opened} h={high} l={low} c={close} v={bar.volume}")]


def _prediction(made: Prediction, instruments: Instruments, memory: Memory) -> list[Line]:
    name = symbol(instruments, made.contract)
    chances = f"up={made.up:.2f} down={made.down:.2f}"
    text = f"PREDICTION: {name} {made.direction.name} conf={made.confidence:.2f} {chances}"
    return [("DEBUG", text)]


def _features(made: Features, instruments: Instruments, memory: Memory) -> list[Line]:
    values = " ".join(f"{value:.4g}" for value in made.values)
    return [("DEBUG", f"FEATURES: {symbol(instruments, made.contract)} {values}")]


def _no_prediction(none: NoPrediction, instruments: Instruments, memory: Memory) -> list[Line]:
    name = symbol(instruments, none.contract)
    return [("DEBUG", f"NO PREDICTION: {name} {_coded(none.code, none.detail)}")]


def _signal(signal: Signal, instruments: Instruments, memory: Memory) -> list[Line]:
    at = price(instruments, signal.contract, signal.price)
    why = f" reason={signal.reason}" if signal.reason else ""
    return [("INFO", f"SIGNAL: {signal.kind} conf={signal.confidence:.2f} price={at}{why}")]


def _no_signal(none: NoSignal, instruments: Instruments, memory: Memory) -> list[Line]:
    name = symbol(instruments, none.contract)
    return [("DEBUG", f"NO SIGNAL: {name} {_coded(none.code, none.detail)}")]


def _approved(verdict: Approved, instruments: Instruments, memory: Memory) -> list[Line]:
    memory.denied.pop(verdict.contract, None)
    name = symbol(instruments, verdict.contract)
    text = f"APPROVED: {verdict.kind} {verdict.size} {name}"
    if verdict.size:
        distances = f"stop={verdict.stop_ticks} target={verdict.target_ticks} ticks"
        text += f" {distances} risk={dollars(verdict.risk)}"
    return [("DEBUG", text)]


def _denied(verdict: Denied, instruments: Instruments, memory: Memory) -> list[Line]:
    again = memory.denied.get(verdict.contract) is verdict.code
    memory.denied[verdict.contract] = verdict.code
    return [("DEBUG" if again else "WARNING", memory.denial(verdict))]


def _permission(now: Permission, instruments: Instruments, memory: Memory) -> list[Line]:
    if now.allowed:
        return [("INFO", "TRADING ALLOWED")]
    return [("WARNING", f"NOT TRADING: {now.words or now.code}")]


def _coded(code: str, words: str) -> str:
    return f"{code} ({words})" if words else str(code)


DECISIONS: Mapping[str, Writer] = {
    "BarClosed": _bar,
    "Prediction": _prediction,
    "Features": _features,
    "NoPrediction": _no_prediction,
    "Signal": _signal,
    "NoSignal": _no_signal,
    "Approved": _approved,
    "Denied": _denied,
    "Permission": _permission,
}
WRITERS: Mapping[str, Writer] = {**DECISIONS, **order_lines.WRITERS, **control_lines.WRITERS}
