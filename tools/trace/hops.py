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
from tools.trace.trace import Place, Trace

ANSWERS: dict[str, tuple[str, frozenset[str]]] = {
    "BarClosed": (MODEL, frozenset({"Prediction", "NoPrediction"})),
    "Prediction": (SIGNAL, frozenset({"Signal", "NoSignal"})),
    "NoPrediction": (SIGNAL, frozenset({"Signal", "NoSignal"})),
    "Signal": (RISK, frozenset({"Approved", "Denied"})),
    "PlaceOrder": (GATEWAY, frozenset({"PlaceResult"})),
    "CancelOrder": (GATEWAY, frozenset({"CancelResult"})),
    "CloseContract": (GATEWAY, frozenset({"CloseResult"})),
}
"""Who answers a message, with one of what: every stage answers every bar."""

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
        self._orders = _Orders(trace.header.unproven)
        self._fills: dict[int, tuple[Sent, Fill]] = {}

    def sent(self, place: Place, sent: Sent) -> None:
        for cause in sent.causes:
            asked = self._asked.get(cause)
            if asked is not None and sent.type in ANSWERS[asked.type][1]:
                del self._asked[cause]
        if sent.type in ANSWERS:
            self._asked[sent.id] = sent
        if sent.type in _ABOUT_ORDERS:
            self._hear(sent)

    def done(self, done: Done) -> None:
        """What died or was never taken up is another's finding."""
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
        for sent, fill in self._fills.values():
            early = fill.stamp < self._started
            if not early and not self._orders.ours(fill.order, fill.contract, sent.at):
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
