"""Why there is an order, and why there is none: the chain of causes, a hop a line."""

from collections.abc import Iterator
from datetime import datetime, time
from typing import NamedTuple

from actors.session.units import NEW_YORK, new_york
from messages.base import MILLISECOND, SECOND, Nanos
from messages.decision import Approved, Denied, NoPrediction, NoSignal, Prediction, Signal
from messages.market import BarClosed
from messages.order import CancelOrder, CloseContract, FillEvent, Order, OrderEvent, PlaceOrder
from messages.position import RoundTrip
from tools.trace.lines import Sent, room
from tools.trace.subjects import bar, order
from tools.trace.trace import Trace
from tools.trace.words import Words, span, when


class Unknown(Exception):
    """The trace does not hold what was asked for; the text says what it holds."""


class Hop(NamedTuple):
    """One step of a chain. `actor` made the message; `waited` and `took` are the queue wait and the
    handling time at `receiver`, the actor that made the next hop of it (None: at nobody's).
    """

    at: Nanos
    actor: str
    type: str
    id: str
    words: str
    receiver: str | None = None
    waited: Nanos | None = None
    took: Nanos | None = None

    def line(self) -> str:
        handled = ""
        if self.waited is not None and self.took is not None:
            handled = f"  [{self.receiver}: waited {span(self.waited)}, took {span(self.took)}]"
        return f"{when(self.at)}  {room(self.actor):<11}  {self.words}{handled}"


def explain(trace: Trace, wanted: str) -> list[Hop]:
    """The chain of an order, by tag or number: from the tick that closed the bar to the fill, and
    to the round trip's result. Raises Unknown.
    """
    said = trace.about(wanted)
    if not said:
        raise Unknown(f"no order {wanted} in {trace.path}: python -m tools.trace ls shows them")
    entry = _entry(trace, said)
    if entry is None:
        return [*_request(trace, said), *_hops(trace, _fate(trace, said))]
    told = trace.about(entry.tag)
    request = next(line for line in told if line.type == PlaceOrder.__name__)
    own = _of_orders(trace, told)
    legs = _of_orders(trace, own)
    after = _in_order(line for line in (*told, *own, *legs) if line.id != request.id)
    led = _with_prediction(trace, chain(trace, request))
    return [*led, *_hops(trace, [*after, *_result(trace, after)])]


def chain(trace: Trace, sent: Sent) -> list[Hop]:
    """What led to a message, from its root to itself. A timer is a root, though it too was set by
    something.
    """
    path = [sent]
    while path[-1].id != path[-1].root and (causes := trace.causes(path[-1])):
        path.append(causes[0])
    path.reverse()
    words = Words(trace.header)
    return [
        _hop(trace, words, line, following.sender if following else None)
        for line, following in zip(path, [*path[1:], None], strict=True)
    ]


def _with_prediction(trace: Trace, led: list[Hop]) -> list[Hop]:
    """The chain with the prediction that its signal was made of. Where the bar itself reached the
    signal room after its prediction, the bar is what set the signal off.
    """
    for place, hop in enumerate(led):
        sent = trace.message(hop.id)
        if sent is None or not isinstance(signal := sent.body, Signal):
            continue
        ids = {each.id for each in led}
        words = Words(trace.header)
        made = [
            _hop(trace, words, line, hop.actor)
            for line in trace.about(bar(signal.contract, signal.bar_end))
            if line.type == Prediction.__name__ and line.id not in ids
        ]
        return [*led[:place], *made, *led[place:]]
    return led


def bar_at(trace: Trace, at: time) -> list[BarClosed]:
    """The bars that closed at a New York time of day. Raises Unknown."""
    first, last = trace.span()
    end = instant(trace, at)
    found = [
        line.body
        for contract in trace.header.contracts
        for line in trace.about(bar(contract, end))
        if isinstance(line.body, BarClosed)
    ]
    if not found:
        said = f"the trace runs from {when(first)} to {when(last)} New York"
        raise Unknown(f"no bar closed at {at:%H:%M:%S}: {said}")
    return found


def instant(trace: Trace, at: time) -> Nanos:
    """A New York time of day of the session's first day."""
    moment = datetime.combine(new_york(trace.span()[0]).date(), at, NEW_YORK)
    return round(moment.timestamp() * 1_000) * MILLISECOND


def of_root(trace: Trace, root: str) -> list[Sent]:
    """Everything that goes back to one message, in order. Raises Unknown."""
    family = trace.family(root)
    if not family:
        raise Unknown(f"nothing in {trace.path} goes back to {root}: explain --json names roots")
    return family


def explain_bar(trace: Trace, contract: str, end: Nanos) -> list[Hop]:
    """What became of a bar, stage by stage: the last hop is where it stopped, or the order."""
    words = Words(trace.header)
    told = trace.about(bar(contract, end))
    hops = []
    for line in told:
        if line.type == BarClosed.__name__:
            hops += chain(trace, line)[:-1]
        hops.append(_hop(trace, words, line, _next(told, line)))
        if line.type == Approved.__name__:
            hops += [_hop(trace, words, made, None) for made in _requests(trace, line)]
    return hops


STAGES = {
    NoPrediction.__name__: "model",
    NoSignal.__name__: "signal",
    Denied.__name__: "risk",
}
"""Who refuses, by the refusal."""


def stopped(trace: Trace, contract: str, end: Nanos) -> tuple[str, str]:
    """(stage, code) of the first refusal on a bar, or ("order", what was sent)."""
    for line in trace.about(bar(contract, end)):
        match line.body:
            case NoPrediction(code=code) | NoSignal(code=code) | Denied(code=code):
                return STAGES[line.type], str(code)
            case Approved() if made := _requests(trace, line):
                return "order", made[0].type
            case _:
                pass
    return "order", "no answer"


def _hop(trace: Trace, words: Words, sent: Sent, following: str | None) -> Hop:
    """`following` is who made the next hop: its handling of this message is what took time."""
    done = None
    if following is not None:
        done = next((d for d in trace.deliveries(sent.id) if d.receiver == room(following)), None)
    hop = Hop(sent.at, sent.sender, sent.type, sent.id, words.say(sent))
    if done is None:
        return hop
    return hop._replace(receiver=done.receiver, waited=done.waited, took=done.took)


def _hops(trace: Trace, told: Iterator[Sent] | list[Sent]) -> list[Hop]:
    words = Words(trace.header)
    return [_hop(trace, words, line, None) for line in told]


def _entry(trace: Trace, said: list[Sent]) -> PlaceOrder | None:
    """The request that an order goes back to: its own, or its parent's."""
    for line in said:
        if isinstance(line.body, PlaceOrder):
            return line.body
    for one in _orders(said):
        tags = {found.tag for found in _orders(trace.about(order(one.parent or one.id)))}
        for tag in sorted(tag for tag in tags if tag):
            for line in trace.about(tag):
                if isinstance(line.body, PlaceOrder):
                    return line.body
    return None


def _request(trace: Trace, said: list[Sent]) -> list[Hop]:
    """The close that an untagged order must come from: closes carry no tag and get no number."""
    first = said[0]
    contract = next((one.contract for one in _orders(said)), None)
    closes = [
        line
        for line in trace.sent(CloseContract, first=first.at - CLOSE_FLIGHT)
        if line.at <= first.at
        and isinstance(line.body, CloseContract)
        and line.body.contract == contract
    ]
    return _after_cancels(trace, chain(trace, closes[-1])) if closes else []


def _after_cancels(trace: Trace, led: list[Hop]) -> list[Hop]:
    """A chain that begins with the venue's word on an order that we cancelled, with what led to the
    cancel before it.
    """
    first = trace.message(led[0].id)
    if first is None or not isinstance(first.body, OrderEvent):
        return led
    told = trace.about(order(first.body.order.id))
    cancels = [line for line in told if line.type == _CANCEL and line.at <= first.at]
    return [*chain(trace, cancels[-1]), *led] if cancels else led


_CANCEL = CancelOrder.__name__


CLOSE_FLIGHT: Nanos = 15 * SECOND
"""How long after a close was sent its order may still appear."""


def _orders(told: list[Sent]) -> list[Order]:
    return [line.body.order for line in told if isinstance(line.body, OrderEvent)]


def _of_orders(trace: Trace, told: list[Sent]) -> list[Sent]:
    """What was said of the orders that are told of, and of those they are parents of."""
    numbers = {one.id for one in _orders(told)}
    return [line for number in sorted(numbers) for line in trace.about(order(number))]


def _in_order(told: Iterator[Sent]) -> list[Sent]:
    return sorted({line.id: line for line in told}.values(), key=lambda line: line.at)


def _fate(trace: Trace, said: list[Sent]) -> list[Sent]:
    return [*said, *_result(trace, said)]


def _result(trace: Trace, told: list[Sent]) -> list[Sent]:
    """The round trip that a fill of these opened or closed."""
    fills = [(line.at, line.body.fill) for line in told if isinstance(line.body, FillEvent)]
    if not fills:
        return []
    at, fill = fills[0]
    for line in trace.sent(RoundTrip, first=at):
        match line.body:
            case RoundTrip(contract=fill.contract, closed=closed) if closed >= fill.stamp:
                return [line]
    return []


_SENT_FOR = frozenset(kind.__name__ for kind in (PlaceOrder, CloseContract, CancelOrder))
_DEEPEST = 8


def _requests(trace: Trace, approved: Sent) -> list[Sent]:
    """What was sent to the venue on a verdict: at once, or after the readings that it needed."""
    layer, found = [approved], []
    for _ in range(_DEEPEST):
        layer = [effect for line in layer for effect in trace.effects(line.id)]
        found += [line for line in layer if line.type in _SENT_FOR]
        if found or not layer:
            break
    return found


def _next(told: list[Sent], sent: Sent) -> str | None:
    """Who answered a message, of those who spoke about the same bar."""
    return next((line.sender for line in told if sent.id in line.causes), None)
