"""python -m tools.connect: both hubs, tried."""

import time
from typing import TYPE_CHECKING, Annotated

import typer

from messages.base import MILLISECOND, SECOND, Nanos
from messages.hub import Hub
from tools.console.command import Contract
from tools.console.desk import Desk
from tools.console.printing import Answer, Row
from tools.console.tool import Tool

if TYPE_CHECKING:  # signalrcore and websockets start slowly
    from tools.console.dialling import Dialled
    from tools.console.listening import Listening, Stream

app = Tool(
    "connect", "The hub connections, to a running simulator or with --live to the real venue."
)


@app.does("test")
def try_(
    desk: Desk,
    seconds: Annotated[float, typer.Option(help="How long to listen.", min=0.1, max=3600)] = 30,
    contract: Contract = None,
) -> Answer:
    """Open both hubs, subscribe, listen; exit 7 where one fails or no market data comes."""
    from tools.console.listening import listening

    traded = desk.contract(contract)
    with listening(desk, [traded]) as heard:
        time.sleep(0 if heard.problems else seconds)
        ended = desk.now()
    dials = _dialled(desk, traded.id)
    streams = _streams(heard, ended)
    problems = [f"{each.hub} hub: {each.problem}" for each in dials if each.problem]
    problems = heard.problems or problems
    if not problems and not any(each.records for each in streams[Hub.MARKET]):
        problems = ["no market data: is the market open?"]
    hubs = [_hub(each, heard) for each in dials]
    rows = [
        _row(hub, each, max(ended - heard.begun[hub], 1))
        for hub, figures in streams.items()
        for each in figures
    ]
    document = {"hubs": hubs, "streams": rows, "problems": problems}
    return Answer(document, (hubs, rows), failed="; ".join(problems))


def _dialled(desk: Desk, contract: str) -> "list[Dialled]":
    """Each step of opening, after the engine's own connections are closed: the venue may allow but
    one session.
    """
    from gateway.hub_protocol import market_subscriptions, user_subscriptions
    from tools.console.dialling import dialled

    api, token = desk.venue.api, desk.access.token
    text = "" if token is None else token.text
    timeout = api.connect_timeout_s
    market, user = market_subscriptions([contract]), user_subscriptions(desk.account.id)
    return [
        dialled(Hub.MARKET, api.ws_url, text, market, timeout),
        dialled(Hub.USER, api.user_hub_url, text, user, timeout),
    ]


def _streams(heard: "Listening", ended: Nanos) -> "dict[Hub, list[Stream]]":
    from tools.console.listening import STREAMS, USER_STREAMS, stream

    return {
        hub: [stream(name, heard.records, heard.begun[hub], ended) for name in names]
        for hub, names in ((Hub.MARKET, STREAMS), (Hub.USER, USER_STREAMS))
    }


def _hub(dialled: "Dialled", heard: "Listening") -> Row:
    lost = [each.reason for each in heard.lost if each.hub is dialled.hub]
    problem = next(iter(lost), dialled.problem)
    return {
        "hub": dialled.hub.value,
        "result": "FAIL" if problem or dialled.hub not in heard.opened else "PASS",
        "negotiate_ms": _ms(dialled.took.get("negotiate")),
        "upgrade_ms": _ms(dialled.took.get("upgrade")),
        "handshake_ms": _ms(dialled.took.get("handshake")),
        "subscribe_ms": _ms(dialled.took.get("subscribe")),
        "problem": problem or None,
    }


def _row(hub: Hub, figures: "Stream", span: Nanos) -> Row:
    return {
        "hub": hub.value,
        "stream": figures.name,
        "messages": figures.records,
        "per_second": round(figures.records * SECOND / span, 1),
        "first_ms": _ms(figures.first),
        "longest_silence_ms": _ms(figures.silence),
    }


def _ms(span: Nanos | None) -> float | None:
    return None if span is None else round(span / MILLISECOND, 1)


if __name__ == "__main__":
    app()
