"""Faults of market data and connections, as a plain client meets them on the wire."""

import json
from typing import TYPE_CHECKING

import pytest

from tools.simulator.hub import Refusal
from tools.simulator.stamps import SECOND

if TYPE_CHECKING:
    from tests.simulator.conftest import Session

MES = "CON.F.US.MES.Z26"
ACCOUNT = 48_120_077
STREAMS = {"Quotes": "GatewayQuote", "Trades": "GatewayTrade", "MarketDepth": "GatewayDepth"}


def market(session: "Session") -> int:
    number = session.connect("market")
    for stream in STREAMS:
        session.invoke(number, f"SubscribeContract{stream}", MES)
    return number


def fired(session: "Session", name: str) -> list[str]:
    rows = session.rows("fault", name=name)
    return [row["detail"] for row in rows if row["detail"].startswith("fired")]


@pytest.mark.parametrize(
    ("name", "stopped"), [("freeze_quotes", "GatewayQuote"), ("freeze_trades", "GatewayTrade")]
)
def test_one_stream_stops_and_the_others_go_on(session: "Session", name: str, stopped: str) -> None:
    number = market(session)
    session.sim("faults", name=name, target=MES)
    before = {target: len(session.events(number, target)) for target in STREAMS.values()}
    session.quote(27210, 27211)
    session.trade(27211)
    after = {target: len(session.events(number, target)) for target in STREAMS.values()}
    assert {target for target in after if after[target] == before[target]} == {stopped}
    assert fired(session, name)


def test_delayed_data_arrives_with_its_old_stamp(session: "Session") -> None:
    number = market(session)
    session.sim("faults", name="delayed_data", minutes=0.2)
    session.trade(27203, size=7)
    traded = session.now
    session.run(11_998)
    assert session.events(number, "GatewayTrade") == []
    session.run(10)
    ((_, (row,)),) = session.events(number, "GatewayTrade")
    assert row["volume"] == 7
    assert row["timestamp"].startswith("2026-11-20T15:00:00")
    assert session.now - traded >= 12 * SECOND
    assert fired(session, "delayed_data")


def test_what_still_waits_when_the_delay_ends_never_comes(session: "Session") -> None:
    number = market(session)
    session.sim("faults", name="delayed_data", minutes=0.2, duration=10)
    session.trade(27203, size=7)
    session.run(20_000)
    session.trade(27204, size=2)
    prints = [p["volume"] for _, rows in session.events(number, "GatewayTrade") for p in rows]
    assert prints == [2]


def test_big_frames_put_a_book_of_nulls_over_a_mebibyte(session: "Session") -> None:
    session.sim("faults", name="big_frames")
    number = market(session)
    ((_, rows),) = session.events(number, "GatewayDepth")
    assert rows[0]["type"] == 6
    assert rows[-1] is None
    (frame,) = session.rows("frame", target="GatewayDepth")
    assert frame["bytes"] > 1 << 20
    assert fired(session, "big_frames")


def test_frozen_bars_end_where_the_fault_began(session: "Session") -> None:
    def newest() -> str:
        window = {"startTime": "2026-11-20T14:00:00Z", "endTime": "2026-11-20T16:00:00Z"}
        more = {"unit": 1, "unitNumber": 1, "limit": 50, "includePartialBar": True}
        answer = session.post("History/retrieveBars", contractId=MES, live=False, **window, **more)
        stamp: str = answer["bars"][0]["t"]
        return stamp

    session.trade(27203)
    session.sim("faults", name="frozen_bars", target=MES)
    session.run(5000)
    session.trade(27210)
    assert newest() == "2026-11-20T15:00:00+00:00"
    session.sim("faults", name="frozen_bars", stop=True)
    assert newest() == "2026-11-20T15:00:05+00:00"
    assert fired(session, "frozen_bars")


def test_a_silent_hub_answers_and_says_nothing_of_itself(session: "Session") -> None:
    number = market(session)
    session.sim("faults", name="silent_hub", target="market")
    seen = len(session.frames[number])
    session.trade(27203)
    session.run(20_000)
    assert session.frames[number][seen:] == []
    assert "error" not in session.invoke(number, "SubscribeContractTrades", MES)
    assert fired(session, "silent_hub")


def test_a_silent_market_hub_leaves_the_user_hub_alone(session: "Session") -> None:
    number = session.connect("user")
    session.sim("faults", name="silent_hub", target="market")
    session.run(15_000)
    assert session.frames[number][-1] == {"type": 6}


def test_a_half_open_hub_hears_nothing_and_never_closes(session: "Session") -> None:
    number = market(session)
    session.sim("faults", name="half_open", duration=100)
    seen = len(session.frames[number])
    message = {"type": 1, "target": "Nope", "arguments": [], "invocationId": "x9"}
    session.raw(number, json.dumps(message).encode() + b"\x1e")
    session.trade(27203)
    session.run(90_000)
    assert session.frames[number][seen:] == []
    assert session.rows("disconnect") == []
    assert fired(session, "half_open")


def test_dropped_hubs_close_without_a_word(session: "Session") -> None:
    user, other = session.connect("user"), market(session)
    seen = len(session.frames[other])
    session.sim("faults", name="drop_hub", target="market")
    session.run(1)
    assert session.frames[other][seen:] == [None]
    assert None not in session.frames[user]
    assert fired(session, "drop_hub") == [f"fired: connections [{other}]"]


def test_a_close_with_an_error_precedes_the_end(session: "Session") -> None:
    number = market(session)
    session.sim("faults", name="close_hub_error")
    session.run(1)
    close, end = session.frames[number][-2:]
    assert close == {"type": 7, "error": "Connection closed with an error."}
    assert end is None
    assert fired(session, "close_hub_error")


def test_refused_upgrades_leave_open_sockets_alone(session: "Session") -> None:
    market(session)
    session.sim("faults", name="refuse_upgrade", target="market")
    query = {"access_token": session.token}
    assert session.venue.open(session.now, "market", query, {}) == Refusal(503)
    session.connect("user")
    assert session.rows("disconnect") == []
    assert fired(session, "refuse_upgrade") == ["fired: market"]


def test_a_garbage_frame_is_no_json(session: "Session") -> None:
    number = market(session)
    reply = session.send("POST", "/sim/faults", b'{"name":"garbage_frame"}')
    assert reply.status == 200
    (frame,) = [out for out in session.venue.outgoing() if out.connection == number]
    assert frame.data is not None
    with pytest.raises(json.JSONDecodeError):
        json.loads(frame.data.removesuffix(b"\x1e"))
    assert fired(session, "garbage_frame")


def test_a_second_session_logs_both_hubs_out_and_leaves_them_open(session: "Session") -> None:
    numbers = [session.connect("user"), session.connect("market")]
    session.sim("faults", name="second_session")
    session.run(1)
    newer = session.connect("user")
    for number in numbers:
        ((text,),) = session.events(number, "GatewayLogout")
        assert isinstance(text, str)
        assert None not in session.frames[number]
    assert session.events(newer, "GatewayLogout") == []
    assert fired(session, "second_session")
