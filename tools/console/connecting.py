"""Both hubs tried: listened to by the engine's own connection, then opened step by step."""

import time

from gateway.subscriptions import market_subscriptions, user_subscriptions
from messages.base import MILLISECOND, SECOND, Nanos
from messages.hub import Hub
from messages.market import Instrument
from tools.console.desk import Desk
from tools.console.dialling import STEPS, Dialled, dialled
from tools.console.listening import STREAMS, USER_STREAMS, Listening, Stream, listening, stream
from tools.console.printing import Answer, Row

_NAMES = {Hub.MARKET: STREAMS, Hub.USER: USER_STREAMS}


def tried(desk: Desk, contract: Instrument, seconds: float) -> Answer:
    """What both hubs did. The steps come last: the venue may allow but one session."""
    with listening(desk, [contract]) as heard:
        time.sleep(0 if heard.problems else seconds)
        ended = desk.now()
    dials = _dialled(desk, contract.id)
    figures = {
        hub: [stream(name, heard.records, heard.begun[hub], ended) for name in names]
        for hub, names in _NAMES.items()
    }
    rows = [
        _row(hub, each, max(ended - heard.begun[hub], 1))
        for hub, streams in figures.items()
        for each in streams
    ]
    hubs = [_hub(each, heard) for each in dials]
    problems = heard.problems or [f"{one.hub} hub: {one.problem}" for one in dials if one.problem]
    if not problems and not any(each.records for each in figures[Hub.MARKET]):
        problems = ["no market data: is the market open?"]
    document = {"hubs": hubs, "streams": rows, "problems": problems}
    return Answer(document, (hubs, rows), failed="; ".join(problems))


def _dialled(desk: Desk, contract: str) -> list[Dialled]:
    api, token = desk.venue.api, desk.access.token
    text = "" if token is None else token.text
    lines = (
        (Hub.MARKET, api.ws_url, market_subscriptions([contract])),
        (Hub.USER, api.user_hub_url, user_subscriptions(desk.account.id)),
    )
    return [dialled(hub, url, text, calls, api.connect_timeout_s) for hub, url, calls in lines]


def _hub(steps: Dialled, heard: Listening) -> Row:
    lost = [each.reason for each in heard.lost if each.hub is steps.hub]
    problem = next(iter(lost), steps.problem)
    return {
        "hub": steps.hub.value,
        "result": "FAIL" if problem or steps.hub not in heard.opened else "PASS",
        **{f"{step}_ms": _ms(steps.took.get(step)) for step in STEPS},
        "problem": problem or None,
    }


def _row(hub: Hub, figures: Stream, span: Nanos) -> Row:
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
