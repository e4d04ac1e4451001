"""Whether every question was answered, every entry decided, every fill asked for."""

from actors.runtime.address import GATEWAY, MODEL, PORTS, RISK, SIGNAL
from actors.runtime.delivery import Outcome
from messages.base import Nanos
from messages.control import FlattenFailed
from messages.order import (
    CloseContract,
    Fill,
    FillEvent,
    Order,
    OrderEvent,
    OrdersFound,
    PlaceOrder,
    PlaceResult,
    Purpose,
)
from tools.trace.explain import CLOSE_FLIGHT
from tools.trace.findings import Findings
from tools.trace.lines import Done, Sent
from tools.trace.subjects import subjects
from tools.trace.trace import Place, Trace

ANSWERS: dict[str, tuple[str, frozenset[str]]] = {
    "BarClosed": (MODEL, frozenset({"Prediction", "NoPrediction"})),
    "Signal": (RISK, frozenset({"Approved", "Denied"})),
    "PlaceOrder": (GATEWAY, frozenset({"PlaceResult"})),
    "CancelOrder": (GATEWAY, frozenset({"CancelResult"})),
    "ModifyOrder": (GATEWAY, frozenset({"ModifyResult"})),
    "CloseContract": (GATEWAY, frozenset({"CloseResult"})),
}
"""Who answers a message, with one of what."""

ON_BARS = ("BarClosed", "Prediction", "NoPrediction", "Signal", "NoSignal")

DECIDED = ("Approved", "Signal")
PREDICTED = ("Prediction", "BarClosed")
"""What stands behind every entry; the latter two where the model's strategy decides."""


class Hops:
    def __init__(self, trace: Trace, findings: Findings) -> None:
        self._trace = trace
        self._findings = findings
        self._started = trace.header.started
        strategy = trace.header.config.get("trading", {}).get("strategy", "model")
        self._behind = (*DECIDED, *PREDICTED) if strategy == "model" else DECIDED
        self._asked: dict[str, Sent] = {}
        self._bars = _Bars()
        self._orders = _Orders(trace.header.unproven)
        self._fills: dict[int, tuple[Sent, Fill]] = {}
        self._at: Nanos = 0

    def sent(self, place: Place, sent: Sent) -> None:
        self._at = max(sent.at, self._at)
        for cause in sent.causes:
            asked = self._asked.get(cause)
            if asked is not None and sent.type in ANSWERS[asked.type][1]:
                del self._asked[cause]
        if sent.type in ANSWERS:
            self._asked[sent.id] = sent
        if sent.type in ON_BARS:
            self._bars.sent(sent)
        if sent.type in _ABOUT_ORDERS:
            self._hear(sent)

    def done(self, done: Done) -> None:
        """What died or was never taken up is another's finding."""
        if done.receiver == SIGNAL and done.outcome is Outcome.HANDLED:
            self._bars.heard(done.id)
        asked = self._asked.get(done.id)
        if asked is None or done.receiver != ANSWERS[done.type][0]:
            return
        if done.outcome is not Outcome.HANDLED:
            del self._asked[done.id]
        elif done.receiver not in PORTS:  # a virtual port's answers come later
            self._miss(asked)

    def close(self, ended: bool) -> None:
        for sent in self._asked.values() if ended else ():
            if ANSWERS[sent.type][0] in PORTS:
                self._miss(sent)
        for sent in self._bars.unanswered():
            words = f"{SIGNAL} took a bar and its prediction and gave no NoSignal or Signal"
            self._findings.wrong("missing hop", sent.at, words, sent.id)
        for sent, fill in self._fills.values():
            early = fill.stamp < self._started
            late = not ended and self._at - sent.at < CLOSE_FLIGHT  # its order may not be told yet
            if not early and not late and not self._orders.ours(fill.order, fill.contract, sent.at):
                words = f"fill {fill.id} of order {fill.order}, which nobody here sent"
                self._findings.wrong("missing hop", sent.at, words, sent.id)

    def _miss(self, asked: Sent) -> None:
        who, answers = ANSWERS[asked.type]
        words = f"{who} took {asked.type} and gave no {' or '.join(sorted(answers))}"
        self._findings.wrong("missing hop", asked.at, words, asked.id)

    def _hear(self, sent: Sent) -> None:
        match sent.body:
            case PlaceOrder() as entry:
                self._orders.tags.add(entry.tag)
                if entry.purpose is Purpose.ENTRY:
                    self._check_entry(entry, sent)
            case PlaceResult(order=int(number)):
                self._orders.numbers.add(number)
            case OrderEvent(order=order):
                self._orders.take(order, self._started)
            case OrdersFound(orders=orders):
                for order in orders:
                    self._orders.take(order, self._started)
            case CloseContract(contract):
                self._orders.closed.setdefault(contract, []).append(sent.at)
            case FlattenFailed():
                self._orders.lane = self._orders.lane or sent.at
            case FillEvent(fill=fill):
                self._fills.setdefault(fill.id, (sent, fill))
            case _:
                pass

    def _check_entry(self, entry: PlaceOrder, sent: Sent) -> None:
        known = self._trace.behind(sent.id)
        missing = [kind for kind in self._behind if kind not in known]
        if missing:
            words = f"{entry.tag} was sent without {', '.join(missing)} behind it"
            self._findings.wrong("missing hop", sent.at, words, sent.id)


_ABOUT_ORDERS = frozenset(
    kind.__name__
    for kind in (
        *(PlaceOrder, PlaceResult, OrderEvent, OrdersFound),
        *(CloseContract, FlattenFailed, FillEvent),
    )
)


class _Bars:
    """The bars that the signal room has not answered. Threads may bring a prediction before its
    bar, so what answers a bar need not name both; one that waits is answered with the next bar.
    """

    def __init__(self) -> None:
        self._open: dict[str, list[Sent]] = {}
        self._of: dict[str, str] = {}
        self._heard: dict[str, set[str]] = {}
        self._newest: Nanos = 0

    def sent(self, sent: Sent) -> None:
        bar = next(subjects(sent))
        if sent.type in ("Signal", "NoSignal"):
            for told in self._open.pop(bar, ()):
                self._of.pop(told.id, None)
            self._heard.pop(bar, None)
        elif sent.type == "BarClosed" or bar in self._open:
            self._open.setdefault(bar, []).append(sent)
            self._of[sent.id] = bar
            self._newest = max(sent.at, self._newest)

    def heard(self, id: str) -> None:
        if (bar := self._of.get(id)) is not None:
            self._heard.setdefault(bar, set()).add(id)

    def unanswered(self) -> list[Sent]:
        """Those of which the room has heard both, the newest of all left out."""
        both = [told[0] for bar, told in self._open.items() if len(self._heard.get(bar, ())) > 1]
        return [closed for closed in both if closed.at < self._newest]


class _Orders:
    """Which orders are the session's own: its requests, their bracket legs, the orders by which the
    venue closes (they carry no tag and get no number in the answer), and what it found at its
    start. `lane` is when the emergency lane began, whose requests are not in the trace.
    """

    def __init__(self, unproven: tuple[str, ...]) -> None:
        self.tags = set(unproven)
        self.numbers: set[int] = set()
        self.closed: dict[str, list[Nanos]] = {}
        self.lane: Nanos = 0
        self._parents: dict[int, int] = {}

    def take(self, order: Order, started: Nanos) -> None:
        if order.tag in self.tags or order.created < started:
            self.numbers.add(order.id)
        if order.parent is not None:
            self._parents[order.id] = order.parent

    def ours(self, number: int, contract: str, at: Nanos) -> bool:
        if number in self.numbers or self._parents.get(number) in self.numbers:
            return True
        if 0 < self.lane <= at:
            return True
        closes = self.closed.get(contract, [])
        mine = next((close for close in closes if 0 <= at - close <= CLOSE_FLIGHT), None)
        if mine is not None:  # a close makes one order
            closes.remove(mine)
            self.numbers.add(number)
        return mine is not None
