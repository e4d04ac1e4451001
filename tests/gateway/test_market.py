"""Market events become messages in ticks and ns."""

import json
from typing import Any

import pytest

from gateway.contracts import Instruments
from gateway.hub_protocol import HubClient
from gateway.market import MarketDecoder
from gateway.tally import Tally
from messages.base import SECOND, Message
from messages.hub import Hub
from messages.market import Depth, DepthKind, DepthRow, Instrument, Print, Quote, Side, Tape

MES = "CON.F.US.MES.Z26"
NOON = 1_795_176_000 * SECOND
NOW = NOON + 5 * SECOND
STAMP = "2026-11-20T12:00:00.19+00:00"
AT = NOON + 190_000_000


def event(target: str, *arguments: object) -> bytes:
    return json.dumps({"type": 1, "target": target, "arguments": arguments}).encode()


def read(client: HubClient, record: bytes) -> list[Message]:
    return client.receive(record + b"\x1e", NOW)


@pytest.fixture
def tally() -> Tally:
    return Tally()


@pytest.fixture
def client(instruments: Instruments, tally: Tally) -> HubClient:
    opened = HubClient(Hub.MARKET, 1, MarketDecoder(instruments), (), tally)
    opened.start(NOW)
    opened.receive(b"{}\x1e", NOW)
    return opened


def test_a_sparse_quote_leaves_the_rest_unknown(client: HubClient) -> None:
    payload = {"symbol": "F.US.MES", "bestBid": 6801.0, "timestamp": STAMP, "contract": MES}
    assert read(client, event("GatewayQuote", MES, payload)) == [
        Quote(MES, AT, NOW, bid=27204, ask=None, last=None, volume=None)
    ]


def test_a_full_quote_as_captured(client: HubClient) -> None:
    record = (
        b'{"type":1,"target":"GatewayQuote","arguments":["CON.F.US.MES.Z26",{"symbol":"F.US.MES",'
        b'"lastPrice":6801.250000000,"bestBid":6801.0,"bestAsk":6801.25,"change":-3.5,'
        b'"changePercent":-0.05,"open":6790,"high":6810.5,"low":6788.0,"volume":1380211,'
        b'"lastUpdated":"2026-11-20T12:00:00.3007712+00:00",'
        b'"timestamp":"2026-11-20T12:00:00.19+00:00"}]}'
    )
    assert read(client, record) == [Quote(MES, AT, NOW, 27204, 27205, 27205, 1380211)]


def test_without_a_timestamp_the_update_time_counts_and_without_any_it_is_unreadable(
    client: HubClient, tally: Tally
) -> None:
    quote = read(client, event("GatewayQuote", MES, {"bestBid": 6801, "lastUpdated": STAMP}))
    assert quote == [Quote(MES, AT, NOW, bid=27204)]
    assert read(client, event("GatewayQuote", MES, {"bestBid": 6801})) == []
    assert (tally.unreadable, tally.problem) == (1, "a quote without a time")


PRINT = {"symbolId": "F.US.MES", "price": 6801.25, "timestamp": STAMP, "type": 1, "volume": 3}
TAPE = Tape(MES, NOW, (Print(AT, 27205, 3, Side.SELL),))


@pytest.mark.parametrize(
    "arguments",
    [
        (MES, [PRINT]),
        (MES, PRINT),
        (MES, [None, PRINT, None]),
        (MES, [{**PRINT, "price": "6801.25", "volume": "3", "type": "1"}]),
        ([MES, [PRINT]],),
        (MES, {"0": PRINT}),
    ],
    ids=["array", "single", "padded", "text", "packed", "array-like"],
)
def test_prints_in_every_shape(client: HubClient, arguments: tuple[Any, ...]) -> None:
    assert read(client, event("GatewayTrade", *arguments)) == [TAPE]


def test_prints_keep_their_order_and_their_aggressor(client: HubClient) -> None:
    rows = [{**PRINT, "volume": size, "type": size % 2} for size in (4, 1, 3)]
    (tape,) = read(client, event("GatewayTrade", MES, rows))
    assert isinstance(tape, Tape)
    assert [(p.size, p.side) for p in tape.prints] == [
        (4, Side.BUY),
        (1, Side.SELL),
        (3, Side.SELL),
    ]


def test_prints_that_are_equal_in_every_field_are_not_taken_for_one(client: HubClient) -> None:
    """Several prints of one millisecond are common; nothing in them tells them apart."""
    told = [
        message
        for _ in range(2)
        for message in read(client, event("GatewayTrade", MES, [PRINT] * 3))
    ]
    assert told == [Tape(MES, NOW, TAPE.prints * 3)] * 2


def level(kind: int, price: float = 6801.0, volume: int = 14, **more: object) -> dict[str, object]:
    return {"timestamp": STAMP, "type": kind, "price": price, "volume": volume, **more}


def test_depth_keeps_levels_and_resets_and_drops_what_is_no_level(client: HubClient) -> None:
    rows = [
        level(6, 0, 0),
        level(1),
        level(2, currentVolume=9),
        level(3),
        level(4, volume=0),
        None,
        level(5),
        level(7),
        level(8),
        level(11),
        level(9),
        level(10),
    ]
    assert read(client, event("GatewayDepth", MES, rows)) == [
        Depth(
            MES,
            NOW,
            (
                DepthRow(AT, DepthKind.RESET, 0, 0),
                DepthRow(AT, DepthKind.ASK, 27204, 14),
                DepthRow(AT, DepthKind.BID, 27204, 9),
                DepthRow(AT, DepthKind.ASK, 27204, 14, best=True),
                DepthRow(AT, DepthKind.BID, 27204, 0, best=True),
                DepthRow(AT, DepthKind.BID, 27204, 14, best=True),
                DepthRow(AT, DepthKind.ASK, 27204, 14, best=True),
            ),
        )
    ]
    assert read(client, event("GatewayDepth", MES, [None, level(5)])) == []


@pytest.mark.parametrize(
    ("target", "payload"),
    [
        ("GatewayTrade", [{**PRINT, "type": 2}]),
        ("GatewayTrade", [{key: PRINT[key] for key in PRINT if key != "type"}]),
        ("GatewayTrade", [{**PRINT, "type": None}]),
        ("GatewayTrade", [{**PRINT, "volume": 0}]),
        ("GatewayTrade", [{**PRINT, "price": 6801.1}]),
        ("GatewayTrade", [{**PRINT, "timestamp": "now"}]),
        ("GatewayTrade", ["text"]),
        ("GatewayDepth", [level(0)]),
        ("GatewayDepth", [level(12)]),
        ("GatewayDepth", [level(1, volume=-1)]),
        ("GatewayDepth", [{"timestamp": STAMP, "type": 1, "volume": 1}]),
        ("GatewayQuote", {"bestBid": 6801.1, "timestamp": STAMP}),
        ("GatewayQuote", {"bestBid": "NaN", "timestamp": STAMP}),
    ],
)
def test_what_is_not_understood_is_counted_and_the_stream_goes_on(
    client: HubClient, tally: Tally, target: str, payload: object
) -> None:
    assert read(client, event(target, MES, payload)) == []
    assert tally.unreadable == 1
    assert tally.problem
    assert read(client, event("GatewayTrade", MES, [PRINT])) == [TAPE]


def test_a_contract_that_was_not_subscribed_is_not_taken(client: HubClient, tally: Tally) -> None:
    assert read(client, event("GatewayTrade", "CON.F.US.EP.Z26", [PRINT])) == []
    assert "CON.F.US.EP.Z26" in tally.problem


def test_small_steps_stay_exact() -> None:
    yen = "CON.F.US.JY6.Z26"
    decoder = MarketDecoder(Instruments([Instrument(yen, "6J", "6JZ6", "0.0000005", 62_500)]))
    record = event("GatewayQuote", yen, {"bestBid": 0.0064385, "bestAsk": 5e-7, "timestamp": STAMP})
    assert decoder.decode(record, NOW) == (Quote(yen, AT, NOW, 12877, 1),)
