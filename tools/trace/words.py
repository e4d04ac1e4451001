"""Messages in words: those of the human log where it has some, else their fields."""

from collections.abc import Mapping
from typing import Any

import msgspec

from actors.risk.words import denial
from actors.session.lines import lines
from actors.session.memory import Memory
from actors.session.units import clock, dollars, new_york, signed
from messages.base import MILLISECOND, Message, Nanos
from messages.decision import Approved
from messages.market import Depth, Instrument, Quote, Tape
from messages.order import (
    CancelOrder,
    CloseContract,
    Fill,
    FillEvent,
    ModifyOrder,
    Order,
    OrderEvent,
    PlaceResult,
)
from messages.position import PositionChanged
from tools.trace.lines import Header, Sent


class Words:
    """What messages of one trace say, with prices and dollars by its header."""

    def __init__(self, header: Header) -> None:
        self.instruments: Mapping[str, Instrument] = {i.id: i for i in header.instruments}
        self._config = header.config

    def say(self, sent: Sent) -> str:
        """One line."""
        body = sent.body
        if body is None:
            return f"{sent.type} (its body was left out: the journal was overloaded)"
        match body:
            case Approved():
                return self._approved(body)
            case Quote() | Tape() | Depth():
                return _market(body)
            case CloseContract():
                return f"CLOSE {self._symbol(body.contract)} at market"
            case CancelOrder():
                return f"CANCEL order {body.order}"
            case ModifyOrder():
                return f"RESIZE order {body.order} to {body.size}"
            case OrderEvent(order=order):
                return self._order(order)
            case FillEvent(fill=fill):
                return self._fill(fill)
            case PlaceResult():
                said = f" ({body.message})" if body.message else ""
                return f"ANSWER: {body.outcome}, {body.code}, order {body.order}{said}"
            case PositionChanged(size=0):
                return f"POSITION: flat, realised {dollars(body.realised)} today"
            case _:
                told = lines(body, self.instruments, Memory(denial))
                return "; ".join(text for _, text in told) or fields(body)

    def limit(self, section: str, key: str) -> Any:
        """A setting of the session; None where the trace does not hold it."""
        return self._config.get(section, {}).get(key)

    def _approved(self, verdict: Approved) -> str:
        """What was allowed, against what limits."""
        if not verdict.size:
            return f"ALLOWED: {verdict.kind}"
        most = self.limit("risk", "max_contracts")
        size = f"{verdict.size} of {most} contracts" if most else f"{verdict.size} contracts"
        distances = f"stop {verdict.stop_ticks} and target {verdict.target_ticks} ticks away"
        loss = f"{dollars(verdict.used)} of {dollars(verdict.limit)} daily loss used"
        risk = f"{dollars(verdict.risk)} at risk"
        return f"ALLOWED: {verdict.kind}, {size}, {distances}, {risk}, {loss}"

    def _order(self, order: Order) -> str:
        known = self.instruments.get(order.contract)
        level = order.limit if order.stop is None else order.stop
        price = "" if level is None or known is None else f" @ {known.price(level)}"
        kind = order.type.name.replace("_", " ")
        what = f"{kind} {order.side.name} {order.size} {self._symbol(order.contract)}{price}"
        return f"ORDER {order.id} {order.status.value}: {what}"

    def _fill(self, fill: Fill) -> str:
        known = self.instruments.get(fill.contract)
        price = f"{fill.price} ticks" if known is None else str(known.price(fill.price))
        what = f"{fill.side.name} {fill.size} {self._symbol(fill.contract)} @ {price}"
        result = "" if fill.pnl is None else f", {signed(fill.pnl)} gross"
        return f"FILL {fill.id} of order {fill.order}: {what}{result}, fees {dollars(fill.fees)}"

    def _symbol(self, contract: str) -> str:
        known = self.instruments.get(contract)
        return contract if known is None else known.symbol


def _market(data: Quote | Tape | Depth) -> str:
    match data:
        case Quote():
            return f"QUOTE: bid {data.bid} ask {data.ask} last {data.last} (ticks)"
        case Tape(prints=prints):
            volume = sum(trade.size for trade in prints)
            last = f"last at {prints[-1].price} ticks"
            return f"TAPE: {len(prints)} prints, {volume} contracts, {last}"
        case Depth(rows=rows):
            return f"DEPTH: {len(rows)} levels changed"


def fields(body: Message) -> str:
    """For example ExitDue contract=... step=3."""
    parts = (f"{name}={_short(value)}" for name, value in msgspec.structs.asdict(body).items())
    return " ".join((type(body).__name__, *parts))


def _short(value: object) -> str:
    text = str(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def when(at: Nanos) -> str:
    """New York time of day to the millisecond, as in the log."""
    return clock(new_york(at)).partition(" ")[2]


def span(nanos: Nanos) -> str:
    """A short time: 0.31 ms, 12 ms, 3.20 s."""
    if nanos < 10 * MILLISECOND:
        return f"{nanos / MILLISECOND:.2f} ms"
    if nanos < 1_000 * MILLISECOND:
        return f"{nanos / MILLISECOND:.0f} ms"
    return f"{nanos / (1_000 * MILLISECOND):.2f} s"
