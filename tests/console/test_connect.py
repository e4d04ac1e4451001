"""tools.connect at a running simulator, and the figures of a stream."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from gateway.subscriptions import Invocation
from messages.base import SECOND
from messages.hub import Hub
from tests.console.bench import Tool
from tools.console.desk import visited
from tools.console.dialling import dialled
from tools.console.listening import QUOTES, TRADES, Record, quantile, stream
from tools.console.target import simulated


def test_both_hubs_open_and_every_stream_speaks(tool: Tool, sim: Callable[..., Any]) -> None:
    sim("faults", name="external_order", duration=60)  # at once, and every second
    document = tool("connect", "test", "--seconds", "2", "--json").json
    sim("faults", name="external_order", stop=True)
    assert tool("flatten", "all", "--yes").code == 0
    for row in document["hubs"]:
        assert row["result"] == "PASS"
        steps = ("negotiate_ms", "upgrade_ms", "handshake_ms", "subscribe_ms")
        assert all(row[step] > 0 for step in steps)
    streams = {(row["hub"], row["stream"]): row["messages"] for row in document["streams"]}
    assert {hub for hub, _ in streams} == {"market", "user"}
    assert len(streams) == 7
    assert min(streams.values()) > 0
    assert document["problems"] == []


def test_a_hub_that_does_not_open_fails_at_its_step(tool: Tool, sim: Callable[..., Any]) -> None:
    sim("faults", name="refuse_upgrade", target="market")
    try:
        ran = tool("connect", "test", "--seconds", "1", "--json")
    finally:
        sim("faults", name="refuse_upgrade", stop=True)
    assert ran.code == 7
    market, user = json.loads(ran.out)["hubs"]
    assert (market["result"], user["result"]) == ("FAIL", "PASS")
    assert market["negotiate_ms"] > 0
    assert market["upgrade_ms"] is None
    assert ran.err.startswith("check: market hub: ")
    assert "503" in ran.err


def test_a_hub_that_never_answers_the_handshake_is_not_waited_for(
    venue: str, sim: Callable[..., Any]
) -> None:
    sim("faults", name="half_open", target="user")
    try:
        with visited(simulated(venue, {})) as desk:
            assert desk.access.token is not None
            url, token = desk.venue.api.user_hub_url, desk.access.token.text
            found = dialled(Hub.USER, url, token, (), 2)
    finally:
        sim("faults", name="half_open", stop=True)
    assert (list(found.took), found.problem) == (
        ["negotiate", "upgrade"],
        "handshake: no answer within 2 s",
    )


def test_a_token_that_the_hub_does_not_take_is_told(venue: str) -> None:
    url = venue.replace("http", "ws")
    found = dialled(Hub.MARKET, f"{url}/hubs/market", "a+b/c=", (), 3)
    assert found.problem == "negotiate: HTTP 401: the venue does not take the token"


def test_a_call_that_the_hub_refuses_is_named(venue: str) -> None:
    with visited(simulated(venue, {})) as desk:
        assert desk.access.token is not None
        calls = (Invocation("SubscribeOrders", (1,)),)
        url = desk.venue.api.user_hub_url
        found = dialled(Hub.USER, url, desk.access.token.text, calls, 3)
    assert found.problem.startswith("subscribe: SubscribeOrders: ")


def test_a_frozen_feed_fails_the_test(tool: Tool, sim: Callable[..., Any]) -> None:
    sim("faults", name="freeze_feed")
    try:
        ran = tool("connect", "test", "--seconds", "1")
    finally:
        sim("faults", name="freeze_feed", stop=True)
    assert ran.code == 7
    assert ran.err == "check: no market data: is the market open?\n"
    assert "PASS" in ran.out


def test_the_figures_of_a_stream() -> None:
    at = [1 * SECOND, 2 * SECOND, 5 * SECOND]
    records = [Record(QUOTES, "MES", each - SECOND // 2, each) for each in at]
    found = stream(QUOTES, records, 0, 6 * SECOND)
    assert (found.records, found.first, found.silence) == (3, SECOND, 3 * SECOND)
    assert (found.lag_p50, found.lag_p99) == (SECOND // 2, SECOND // 2)


def test_a_stream_without_a_message_was_silent_all_the_time() -> None:
    found = stream(TRADES, [], 0, 6 * SECOND)
    assert (found.first, found.silence, found.lag_p50) == (None, 6 * SECOND, None)


@pytest.mark.parametrize(("share", "value"), [(0.5, 50), (0.99, 99), (0.0, 1), (1.0, 100)])
def test_a_quantile_is_a_value_of_the_sample(share: float, value: int) -> None:
    assert quantile(range(1, 101), share) == value
