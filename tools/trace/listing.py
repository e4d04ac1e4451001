"""What a trace holds, in tables: orders, trades, flattens, restarts."""

from messages.base import SECOND
from messages.control import ActorRestarted, Alarm, Flatten, Flattened, FlattenFailed
from messages.order import FillEvent, OrderEvent, PlaceOrder
from messages.position import RoundTrip
from tools.console.printing import Row, average, dollars, moment, price
from tools.trace.lines import Sent
from tools.trace.trace import Trace


def orders(trace: Trace) -> list[Row]:
    """Every order the venue told of, and requests that it never did, by creation."""
    instruments = {instrument.id: instrument for instrument in trace.header.instruments}
    rows: dict[str, dict[str, object]] = {}
    for line in trace.sent(PlaceOrder, OrderEvent, FillEvent):
        match line.body:
            case PlaceOrder() as asked:
                rows[asked.tag] = {
                    "at": moment(line.at),
                    "tag": asked.tag,
                    "id": None,
                    "contract": asked.contract,
                    "type": asked.type.value,
                    "side": asked.side.name,
                    "size": asked.size,
                    "price": None,
                    "status": "sent",
                    "filled": 0,
                    "at_price": None,
                }
            case OrderEvent(order=one):
                row = rows.pop(str(one.id), None) or rows.pop(one.tag or "", None) or {}
                level = one.limit if one.stop is None else one.stop
                known = instruments.get(one.contract)
                rows[str(one.id)] = {
                    "at": row.get("at", moment(line.at)),
                    "tag": one.tag,
                    "id": one.id,
                    "contract": one.contract,
                    "type": one.type.value,
                    "side": one.side.name,
                    "size": one.size,
                    "price": None if known is None else price(known, level),
                    "status": one.status.value,
                    "filled": max(one.filled, int(str(row.get("filled", 0)))),
                    "at_price": row.get("at_price"),
                }
            case FillEvent(fill=fill):
                known = instruments.get(fill.contract)
                if str(fill.order) in rows and known is not None:
                    rows[str(fill.order)]["at_price"] = price(known, fill.price)
            case _:
                pass
    return sorted(rows.values(), key=lambda row: str(row["at"]))


def trades(trace: Trace) -> list[Row]:
    """Every round trip."""
    instruments = {instrument.id: instrument for instrument in trace.header.instruments}
    rows: list[Row] = []
    for line in trace.sent(RoundTrip):
        if not isinstance(trip := line.body, RoundTrip):
            continue
        known = instruments.get(trip.contract)
        rows.append(
            {
                "opened": moment(trip.opened),
                "closed": moment(trip.closed),
                "contract": trip.contract,
                "side": trip.side.name,
                "size": trip.size,
                "entry": None if known is None else average(known, trip.entry),
                "exit": None if known is None else average(known, trip.exit),
                "net": dollars(trip.net),
                "reason": trip.reason.value,
                "fill": trip.id,
            }
        )
    return rows


def flattens(trace: Trace) -> list[Row]:
    """Every flatten, and how it ended."""
    rows: dict[int, dict[str, object]] = {}
    for line in trace.sent(Flatten, Flattened, FlattenFailed):
        match line.body:
            case Flatten(number, reason):
                rows.setdefault(
                    number,
                    {"at": moment(line.at), "number": number, "reason": reason, "ended": "open"},
                )
            case Flattened(number, _, took) if number in rows:
                rows[number]["ended"] = f"flat after {took / SECOND:.3f} s"
            case FlattenFailed(number, way, why) if number in rows:
                rows[number]["ended"] = f"{way} failed: {why}"
            case _:
                pass
    return list(rows.values())


def events(trace: Trace) -> list[Row]:
    """Restarts and alarms."""
    return [_event(line) for line in trace.sent(ActorRestarted, Alarm)]


def _event(line: Sent) -> Row:
    match line.body:
        case ActorRestarted(actor):
            what, words = "restart", actor
        case Alarm(kind, subject, said):
            what, words = f"alarm {kind.value}", f"{subject}: {said}"
        case _:
            what, words = line.type, ""
    return {"at": moment(line.at), "what": what, "words": words, "id": line.id}
