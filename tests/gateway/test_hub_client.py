"""The SignalR client core: handshake, subscriptions, pings, and every way to end."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.contracts import Instruments
from gateway.hub_protocol import (
    HANDSHAKE,
    PING,
    Decoder,
    HubClient,
    Limits,
    State,
)
from gateway.market import MarketDecoder
from gateway.subscriptions import HEARTBEATS, market_subscriptions, user_subscriptions
from gateway.tally import Tally
from gateway.user import UserDecoder
from messages.base import SECOND
from messages.hub import Hub, HubLost, HubOpened, Loss, Stream
from messages.market import Instrument, Quote

MES = "CON.F.US.MES.Z26"
NOW = 1_795_176_000 * SECOND
QUOTE = (
    b'{"type":1,"target":"GatewayQuote","arguments":["CON.F.US.MES.Z26",'
    b'{"bestBid":6801,"timestamp":"2026-11-20T12:00:00Z"}]}\x1e'
)


def completion(identity: str, **more: object) -> bytes:
    return json.dumps({"type": 3, "invocationId": identity, **more}).encode() + b"\x1e"


@pytest.fixture
def tally() -> Tally:
    return Tally()


@pytest.fixture
def client(instruments: Instruments, tally: Tally) -> HubClient:
    return HubClient(Hub.MARKET, 4, MarketDecoder(instruments), market_subscriptions([MES]), tally)


@pytest.fixture
def opened(client: HubClient) -> HubClient:
    client.start(NOW)
    client.receive(b"{}\x1e", NOW)
    client.outgoing()
    for identity in ("1", "2", "3"):
        client.receive(completion(identity), NOW)
    assert client.state is State.OPEN
    return client


def test_shakes_hands_subscribes_and_opens_when_all_is_acknowledged(client: HubClient) -> None:
    assert client.start(NOW) == HANDSHAKE == b'{"protocol":"json","version":1}\x1e'
    assert client.outgoing() == b""
    assert client.receive(b"{}\x1e", NOW) == []
    calls = [json.loads(record) for record in client.outgoing().split(b"\x1e")[:-1]]
    assert calls == [
        {"type": 1, "invocationId": str(place), "target": target, "arguments": [MES]}
        for place, target in enumerate(
            (
                "SubscribeContractQuotes",
                "SubscribeContractTrades",
                "SubscribeContractMarketDepth",
            ),
            1,
        )
    ]
    assert client.receive(completion("2") + completion("1", result=None), NOW) == []
    assert client.receive(completion("3"), NOW) == [HubOpened(Hub.MARKET, 4)]


def test_the_user_hub_asks_for_four_streams() -> None:
    asked = [(call.target, call.arguments) for call in user_subscriptions(7)]
    assert asked == [
        ("SubscribeAccounts", ()),
        ("SubscribeOrders", (7,)),
        ("SubscribePositions", (7,)),
        ("SubscribeTrades", (7,)),
    ]


def test_events_before_the_last_acknowledgement_are_given_at_once(client: HubClient) -> None:
    client.start(NOW)
    answer = client.receive(b"{}\x1e" + completion("1") + QUOTE + completion("2"), NOW)
    assert [type(message) for message in answer] == [Quote]


def test_a_refused_subscription_loses_the_attempt(client: HubClient) -> None:
    client.start(NOW)
    client.receive(b"{}\x1e", NOW)
    lost = client.receive(completion("2", error="Method does not exist"), NOW)
    assert lost == [
        HubLost(Hub.MARKET, 0, "SubscribeContractTrades refused: Method does not exist")
    ]
    assert client.receive(completion("1") + completion("3"), NOW) == []


def test_a_refused_handshake(client: HubClient) -> None:
    client.start(NOW)
    (lost,) = client.receive(b'{"error":"no such protocol"}\x1e', NOW)
    assert lost == HubLost(Hub.MARKET, 0, "handshake refused: no such protocol")


@pytest.mark.parametrize(
    ("answer", "words"),
    [(b"", "no answer to the handshake"), (b"{}\x1e" + completion("1"), "not acknowledged: Sub")],
)
def test_deadlines_before_it_is_open(client: HubClient, answer: bytes, words: str) -> None:
    client.start(NOW)
    if answer:
        client.receive(answer, NOW)
    assert client.due == NOW + 5 * SECOND
    assert client.tick(client.due - 1) == []
    (lost,) = client.tick(client.due)
    assert isinstance(lost, HubLost)
    assert (lost.number, words in lost.reason) == (0, True)


def test_pings_when_it_has_said_nothing_for_a_while(instruments: Instruments, tally: Tally) -> None:
    limits = Limits(heartbeat=60 * SECOND)
    client = HubClient(Hub.MARKET, 1, MarketDecoder(instruments), (), tally, limits)
    client.start(NOW)
    client.receive(b"{}\x1e", NOW)
    assert client.due == NOW + 10 * SECOND
    assert client.tick(client.due) == []
    assert client.outgoing() == PING
    assert client.due == NOW + 20 * SECOND
    assert client.tick(NOW + 11 * SECOND) == []
    assert client.outgoing() == b""


def heartbeats(client: HubClient) -> list[str]:
    """The identities of the calls that are to be sent."""
    calls = [json.loads(record) for record in client.outgoing().split(b"\x1e")[:-1]]
    assert all(call["target"].startswith("Unsubscribe") for call in calls)
    return [call["invocationId"] for call in calls]


def test_a_heartbeat_every_interval_is_timed_to_its_answer(opened: HubClient) -> None:
    assert opened.heartbeat.round_trip == opened.heartbeat.unanswered(NOW) == 0
    assert opened.due == NOW + 5 * SECOND
    assert opened.tick(opened.due - 1) == []
    assert opened.outgoing() == b""
    opened.tick(opened.due)
    assert heartbeats(opened) == ["4"]
    sent = NOW + 5 * SECOND
    assert opened.heartbeat.unanswered(sent + 7) == 7
    opened.tick(sent + 6 * SECOND)
    assert heartbeats(opened) == [], "one at a time"
    opened.receive(completion("4", error="Contract not found."), sent + 6 * SECOND + 9)
    assert opened.heartbeat.round_trip == 6 * SECOND + 9
    assert opened.heartbeat.unanswered(sent + 7 * SECOND) == 0
    opened.tick(opened.due)
    assert heartbeats(opened) == ["5"]
    opened.receive(completion("5", result=None), sent + 6 * SECOND + 12)
    assert opened.heartbeat.round_trip == 3, "an answer without an error is one too"


@pytest.mark.parametrize("hub", Hub)
def test_a_heartbeat_ends_a_subscription_that_nobody_has(hub: Hub) -> None:
    held = {*market_subscriptions([MES]), *user_subscriptions(48120077)}
    ended = {(call.target.removeprefix("S").lower(), call.arguments) for call in held}
    call = HEARTBEATS[hub]
    assert call.target.startswith("Unsubscribe")
    assert (call.target.removeprefix("Uns").lower(), call.arguments) not in ended


def test_a_fence_is_answered_after_what_was_sent_before_it(opened: HubClient) -> None:
    opened.tick(NOW + 5 * SECOND)
    assert heartbeats(opened) == ["4"]
    opened.fence()
    opened.tick(NOW + 5 * SECOND)
    assert heartbeats(opened) == [], "the one under way left before the fence was wanted"
    opened.receive(completion("4"), NOW + 6 * SECOND)
    assert not opened.fenced
    assert opened.due == 0, "at once"
    opened.tick(NOW + 6 * SECOND)
    assert heartbeats(opened) == ["5"]
    assert opened.due > NOW
    opened.receive(completion("5"), NOW + 7 * SECOND)
    assert opened.fenced


def test_only_the_wanted_streams_are_subscribed() -> None:
    asked = market_subscriptions([MES, "CON.F.US.MNQ.Z26"], (Stream.DEPTH, Stream.QUOTES))
    assert [(call.target, call.arguments) for call in asked] == [
        ("SubscribeContractQuotes", (MES,)),
        ("SubscribeContractMarketDepth", (MES,)),
        ("SubscribeContractQuotes", ("CON.F.US.MNQ.Z26",)),
        ("SubscribeContractMarketDepth", ("CON.F.US.MNQ.Z26",)),
    ]


def test_silence_ends_it_and_any_sign_of_life_does_not(opened: HubClient) -> None:
    opened.receive(b'{"type":6}\x1e', NOW + 20 * SECOND)
    assert opened.tick(NOW + 49 * SECOND) == []
    assert opened.tick(NOW + 50 * SECOND) == [HubLost(Hub.MARKET, 4, "nothing heard for 30.0 s")]
    assert opened.tick(NOW + 99 * SECOND) == []
    assert opened.lost("again") == []


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        (
            b'{"type":7,"error":"Connection closed with an error."}',
            "closed by the venue: Connection closed with an error.",
        ),
        (b'{"type":7,"allowReconnect":true}', "closed by the venue: no reason given"),
        (
            b'{"type":1,"target":"GatewayLogout","arguments":["another session"]}',
            'GatewayLogout "another session"',
        ),
        (b'{"type":1,"target":"GatewayLogout","arguments":[]}', "GatewayLogout"),
    ],
)
def test_the_venue_ends_it(opened: HubClient, record: bytes, reason: str) -> None:
    messages = opened.receive(record + b"\x1e" + QUOTE, NOW)
    loss = Loss.LOGOUT if b"GatewayLogout" in record else Loss.ENDED
    assert messages == [HubLost(Hub.MARKET, 4, reason, loss)], "nothing is given after the end"
    assert opened.state is State.CLOSED


def test_closing_on_purpose_is_no_loss(opened: HubClient) -> None:
    opened.close()
    assert opened.receive(QUOTE, NOW) == []
    assert opened.lost("the connection was shut") == []


def test_closed_before_its_transport_came_up_it_stays_closed(client: HubClient) -> None:
    client.close()
    assert client.start(NOW) == b""
    assert client.receive(b"{}\x1e", NOW) == []
    assert client.state is State.CLOSED


def test_unknown_targets_types_and_completions_are_counted_and_ignored(
    opened: HubClient, tally: Tally
) -> None:
    for record in (
        b'{"type":1,"target":"GatewayNews","arguments":[1]}',
        b'{"type":2,"invocationId":"1","item":1}',
        b'{"type":42}',
        completion("77")[:-1],
    ):
        assert opened.receive(record + b"\x1e", NOW) == []
    assert (tally.unknown, tally.unreadable) == (4, 0)
    assert opened.receive(QUOTE, NOW) != []


def test_the_tally_counts_each_stream(opened: HubClient, tally: Tally) -> None:
    opened.receive(QUOTE + QUOTE, NOW + 7)
    activity = tally.activity(Hub.MARKET, True, NOW + 9)
    assert (activity.quotes, activity.last_quote, activity.last_frame) == (2, NOW + 7, NOW + 7)
    assert (activity.events, activity.tapes, activity.at) == (0, 0, NOW + 9)
    assert (activity.stamp_quote, activity.stamp_tape, activity.stamp_depth) == (NOW, 0, 0)


def test_problems_are_reported(instruments: Instruments) -> None:
    told: list[str] = []
    client = HubClient(
        Hub.MARKET, 1, MarketDecoder(instruments), (), Tally(), Limits(), told.append
    )
    client.start(NOW)
    client.receive(b"{}\x1enonsense\x1e", NOW)
    assert len(told) == 1


texts = st.one_of(
    st.binary(max_size=60),
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
        lambda inner: (
            st.lists(inner, max_size=4)
            | st.dictionaries(
                st.sampled_from(["type", "target", "arguments", "data", "price", "0", "error"]),
                inner,
            )
        ),
        max_leaves=12,
    ).map(lambda value: json.dumps(value).encode()),
    st.tuples(
        st.sampled_from(
            ["GatewayQuote", "GatewayTrade", "GatewayDepth", "GatewayUserOrder", "GatewayLogout"]
        ),
        st.recursive(
            st.none() | st.integers() | st.text(max_size=4) | st.just(MES),
            lambda inner: (
                st.lists(inner, max_size=4)
                | st.dictionaries(
                    st.sampled_from(["data", "timestamp", "price", "type", "id", "volume"]), inner
                )
            ),
            max_leaves=10,
        ),
    ).map(
        lambda pair: json.dumps(
            {"type": 1, "target": pair[0], "arguments": [MES, pair[1]]}
        ).encode()
    ),
    st.just(b"[" * 3000),
    st.just(b'{"type":1,"target":"GatewayUserOrder","arguments":[' + b'{"data":' * 3000),
)


@given(st.lists(texts, max_size=5))
def test_garbage_never_raises_and_what_is_readable_after_it_is_read(garbage: list[bytes]) -> None:
    table = Instruments([Instrument(MES, "MES", "MESZ6", "0.25", 12_500)])
    decoders: tuple[Decoder, ...] = (MarketDecoder(table), UserDecoder(table, 1))
    for decoder in decoders:
        client = HubClient(Hub.MARKET, 1, decoder, (), Tally())
        client.start(NOW)
        client.receive(b"{}\x1e", NOW)
        client.receive(b"\x1e".join(garbage), NOW)
        after = client.receive(b"\x1e" + QUOTE, NOW)
        if client.state is State.OPEN and "GatewayQuote" in decoder.targets:
            assert [type(message) for message in after][-1:] == [Quote]
