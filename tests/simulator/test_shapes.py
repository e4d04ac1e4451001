"""The shapes a venue can be set to where the wire reference leaves them open."""

import base64
import json
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import pytest

from tools.simulator.hub import Refusal
from tools.simulator.market import SELL
from tools.simulator.shapes import ShapeError, Shapes, chosen
from tools.simulator.stamps import MILLISECOND
from tools.simulator.venue import VenueConfig

if TYPE_CHECKING:
    from tests.simulator.conftest import Session

MES = "CON.F.US.MES.Z26"
ACCOUNT = 48_120_077


@pytest.fixture
def config(request: pytest.FixtureRequest) -> VenueConfig:
    return VenueConfig(listings=(), preroll=0, shapes=getattr(request, "param", Shapes()))


def shaped(**shapes: Any) -> pytest.MarkDecorator:
    ids = [" ".join(f"{name}={value}" for name, value in shapes.items())]
    return pytest.mark.parametrize("config", [Shapes(**shapes)], ids=ids, indirect=True)


def user(session: "Session") -> int:
    number = session.connect("user")
    session.invoke(number, "SubscribeAccounts")
    for stream in ("Orders", "Positions", "Trades"):
        session.invoke(number, f"Subscribe{stream}", ACCOUNT)
    return number


@shaped(events="bare")
def test_bare_user_events_are_the_entity(session: "Session") -> None:
    number = user(session)
    session.place()
    session.run(60)
    ((order,), _) = session.events(number, "GatewayUserOrder")
    assert order["accountId"] == ACCOUNT
    assert "action" not in order


@shaped(events="array")
def test_an_array_holds_the_envelopes_of_one_instant(session: "Session") -> None:
    number = user(session)
    session.bracketed()
    session.run(4)
    ((envelopes,),) = session.events(number, "GatewayUserOrder")
    assert [row["data"]["status"] for row in envelopes] == [8, 6, 8]
    assert {row["action"] for row in envelopes} == {1}
    assert session.rows("frame", target="GatewayUserOrder")[0]["records"] == 3


@shaped(events="several")
def test_several_envelopes_come_as_arguments_of_one_invocation(session: "Session") -> None:
    number = user(session)
    session.bracketed()
    session.run(4)
    (arguments,) = session.events(number, "GatewayUserOrder")
    assert [row["data"]["status"] for row in arguments] == [8, 6, 8]


@pytest.mark.parametrize(
    "config", [Shapes(events="array"), Shapes(events="several")], indirect=True
)
def test_gathering_keeps_the_order_of_targets(session: "Session") -> None:
    number = user(session)
    session.place()
    session.run(60)
    targets = [m["target"] for m in session.frames[number] if m.get("type") == 1]
    assert targets == [
        "GatewayUserOrder", "GatewayUserTrade", "GatewayUserOrder", "GatewayUserPosition",
        "GatewayUserAccount",
    ]  # fmt: skip


@shaped(events="several")
def test_faults_of_user_events_bend_what_is_gathered(session: "Session") -> None:
    number = user(session)
    for name in ("duplicate_events", "bare_events", "string_ids"):
        session.sim("faults", name=name)
    session.bracketed()
    session.run(4)
    (arguments,) = session.events(number, "GatewayUserOrder")
    assert [row["status"] for row in arguments] == [8, 8, 6, 6, 8, 8]
    assert all(isinstance(row["id"], str) for row in arguments)


def sent(session: "Session", connection: int) -> list[str]:
    """The WebSocket messages that went to a connection since the last call."""
    rows = session.venue.outgoing()
    return [out.data.decode() for out in rows if out.connection == connection and out.data]


HELLO = b'{"protocol":"json","version":1}\x1e'


def subscription(stream: str) -> bytes:
    call = {"type": 1, "target": f"SubscribeContract{stream}", "arguments": [MES]}
    return json.dumps(call | {"invocationId": stream}).encode() + b"\x1e"


@shaped(frames="packed")
def test_a_packed_message_holds_all_that_is_due_at_once(session: "Session") -> None:
    number = session.connect("market", shake=False)
    data = HELLO + subscription("Quotes") + subscription("MarketDepth")
    session.venue.receive(session.now, number, data)
    (message,) = sent(session, number)
    records = [json.loads(record) for record in message.split("\x1e")[:-1]]
    assert [record.get("type") for record in records] == [None, 3, 1, 3, 1]


@shaped(frames="cut")
def test_a_cut_message_ends_within_records_and_loses_nothing(session: "Session") -> None:
    number = session.connect("market", shake=False)
    session.venue.receive(session.now, number, HELLO + subscription("MarketDepth"))
    pieces = sent(session, number)
    assert len(pieces) == 3
    assert not any(piece.endswith("\x1e") for piece in pieces[:2])
    *records, rest = "".join(pieces).split("\x1e")
    assert (len(records), rest) == (3, "")
    assert [json.loads(record).get("type") for record in records] == [None, 3, 1]


@shaped(frames="cut")
def test_a_cut_never_splits_a_character(session: "Session") -> None:
    number = session.connect("user", shake=False)
    target = "\u20ac" * 100
    call = json.dumps({"type": 1, "target": target, "arguments": [], "invocationId": "1"})
    session.venue.receive(session.now, number, HELLO + call.encode() + b"\x1e")
    assert target in "".join(sent(session, number))


@shaped(tokens="escaped")
def test_an_escaped_token_must_be_encoded_in_a_url(session: "Session") -> None:
    assert set("+/=") <= set(session.token)
    head, claims, _ = session.token.split(".")
    assert json.loads(base64.urlsafe_b64decode(head + "=="))["typ"] == "JWT"
    assert json.loads(base64.urlsafe_b64decode(claims + "=="))["sub"] == "demo"
    path = "/hubs/user/negotiate"
    encoded = urlencode({"access_token": session.token})
    assert session.send("POST", f"{path}?{encoded}").status == 200
    assert session.send("POST", f"{path}?access_token={session.token}").status == 401
    assert session.post("Account/search")["success"]


def statuses(session: "Session", count: int, path: str = "Account/search") -> list[int]:
    found = [session.send("POST", f"/api/{path}", b"{}", session.token) for _ in range(count)]
    return [reply.status for reply in found]


def to_the_minute(session: "Session", second: float) -> None:
    """Run to that second of the next minute."""
    passed = session.now % (60_000 * MILLISECOND) / MILLISECOND
    session.run(60_000 - passed + second * 1000)


@shaped(windows="fixed")
def test_a_fixed_window_begins_anew_at_the_minute(session: "Session") -> None:
    to_the_minute(session, 59.999)
    assert statuses(session, 201) == [200] * 200 + [429]
    session.run(1)
    assert statuses(session, 201) == [200] * 200 + [429]


def test_a_sliding_window_lets_one_in_as_one_leaves_to_the_ns(session: "Session") -> None:
    to_the_minute(session, 0)
    assert statuses(session, 1) == [200]
    session.run(30_000)
    assert statuses(session, 200) == [200] * 199 + [429]
    session.now += 30_000 * MILLISECOND - 1
    assert statuses(session, 1) == [429]
    session.now += 1
    assert statuses(session, 2) == [200, 429]


def test_bars_slide_at_50_in_30_s_to_the_ns(session: "Session") -> None:
    assert statuses(session, 51, "History/retrieveBars") == [200] * 50 + [429]
    session.now += 30_000 * MILLISECOND - 1
    assert statuses(session, 1, "History/retrieveBars") == [429]
    session.now += 1
    assert statuses(session, 51, "History/retrieveBars") == [200] * 50 + [429]


@shaped(retry_after=True)
def test_retry_after_is_in_whole_seconds_and_true(session: "Session") -> None:
    assert 429 not in statuses(session, 50, "History/retrieveBars")
    session.run(1_500)
    reply = session.send("POST", "/api/History/retrieveBars", b"{}", session.token)
    assert (reply.status, reply.body, reply.headers["retry-after"]) == (429, b"", "29")
    session.run(29_000)
    assert statuses(session, 1, "History/retrieveBars") == [200]
    session.sim("faults", name="http_429_burst")
    reply = session.send("POST", "/api/Account/search", b"{}", session.token)
    assert (reply.status, reply.headers["retry-after"]) == (429, "1")


def test_a_429_is_silent_about_time_by_default(session: "Session") -> None:
    statuses(session, 200)
    reply = session.send("POST", "/api/Account/search", b"{}", session.token)
    assert reply.status == 429
    assert not {name for name in reply.headers if name != "date"}


@shaped(connections=2)
def test_one_connection_too_many_logs_the_oldest_of_its_hub_out(session: "Session") -> None:
    other = session.connect("market")
    first, second, third = (session.connect("user") for _ in range(3))
    logout, close, gone = session.frames[first][1:]
    assert logout["target"] == "GatewayLogout"
    assert (close, gone) == ({"type": 7}, None)
    for number in (other, second, third):
        assert session.frames[number] == [{}]
    assert [row["connection"] for row in session.rows("disconnect")] == [first]


@shaped(connections=1)
def test_a_refused_upgrade_costs_nobody_their_connection(session: "Session") -> None:
    number = session.connect("user")
    assert session.venue.open(session.now, "user", {"access_token": "x"}, {}) == Refusal(401)
    session.sim("faults", name="refuse_upgrade")
    query = {"access_token": session.token}
    assert session.venue.open(session.now, "user", query, {}) == Refusal(503)
    assert session.frames[number] == [{}]


def part_filled(session: "Session") -> int:
    """A bracketed limit entry for 3, of which 1 is filled, 60 ms ago."""
    entry = session.bracketed(type=1, limitPrice=6800.0, size=3)
    session.run(45)
    session.trade(27200, size=11, side=SELL)  # ten were queued before
    session.run(60)
    assert session.order(entry)["fillVolume"] == 1
    return entry


def test_legs_grow_with_the_fills_of_their_entry(session: "Session") -> None:
    entry = part_filled(session)
    stop = session.order(entry + 1)
    assert (stop["status"], stop["size"]) == (1, 1)
    session.trade(27199, size=5, side=SELL)
    session.run(60)
    assert session.order(entry + 1)["size"] == 3


@shaped(brackets="whole")
def test_legs_wait_for_the_whole_fill(session: "Session") -> None:
    entry = part_filled(session)
    assert [session.order(entry + leg)["status"] for leg in (1, 2)] == [8, 8]
    session.trade(27199, size=5, side=SELL)
    session.run(60)
    legs = [session.order(entry + leg) for leg in (1, 2)]
    assert [(leg["status"], leg["size"]) for leg in legs] == [(1, 3), (1, 3)]


@pytest.mark.parametrize(
    ("pair", "text"),
    [
        ("events", "events is not NAME=VALUE with a NAME of events, frames, quotes, "),
        ("colour=red", "colour=red is not NAME=VALUE"),
        ("events=odd", "$.events"),
        ("connections=0", "$.connections"),
        ("retry_after=soon", "$.retry_after"),
    ],
)
def test_a_wrong_shape_is_one_line(pair: str, text: str) -> None:
    with pytest.raises(ShapeError) as raised:
        chosen([pair])
    assert text in str(raised.value)
    assert "\n" not in str(raised.value)


def test_shapes_are_chosen_by_name() -> None:
    pairs = ["events=array", "retry_after=true", "connections=3", "brackets=whole"]
    expected = Shapes(events="array", retry_after=True, connections=3, brackets="whole")
    assert chosen(pairs) == expected


def market(session: "Session", *streams: str) -> int:
    number = session.connect("market")
    for stream in streams:
        session.invoke(number, f"SubscribeContract{stream}", MES)
    return number


@shaped(quotes="full")
def test_a_full_quote_carries_every_field_each_time(session: "Session") -> None:
    number = market(session, "Quotes")
    session.level(SELL, 27201, 0)
    session.trade(27202)
    first, *later = [quote for _, quote in session.events(number, "GatewayQuote")]
    assert [set(quote) for quote in later] == [set(first)] * 2


@shaped(padding=True)
def test_padded_arrays_end_in_a_null_that_is_no_record(session: "Session") -> None:
    number = market(session, "Trades", "MarketDepth")
    session.trade(27201)
    session.level(SELL, 27203, 4)
    arrays = [
        rows
        for target in ("GatewayTrade", "GatewayDepth")
        for _, rows in session.events(number, target)
    ]
    assert len(arrays) == 3
    assert all(rows[-1] is None and None not in rows[:-1] for rows in arrays)
    counted = [row["records"] for row in session.rows("frame", connection=number)]
    assert sorted(counted) == sorted(len(rows) - 1 for rows in arrays)
