"""python -m tools.preflight: what should be right before a session, in one table."""

import http.client
from collections.abc import Iterator
from typing import Annotated

import typer

from config.calendar import trade_date
from gateway.reading import ReadFailed
from gateway.session import ContractUnknown
from gateway.wire import WireError
from messages.market import Instrument
from messages.position import PositionsFound, QueryPositions
from tools.console import checks
from tools.console.checks import Check, Result, failures, verdict
from tools.console.desk import Desk
from tools.console.orders import working
from tools.console.printing import Answer, moment
from tools.console.running import engine_runs
from tools.console.sleep import sleep
from tools.console.tool import Tool
from tools.console.venue_time import Offset, measured

app = Tool("preflight", "What should be right before a session.", single=True)


@app.does()
def preflight(
    desk: Desk,
    seconds: Annotated[
        float, typer.Option(help="How long to listen to the hubs.", min=0.5, max=600)
    ] = 8,
) -> Answer:
    """Check everything that can be checked without an order; exit 7 where something fails."""
    found = list(checked(desk, seconds))
    rows = [each.row() for each in found]
    words = f"{verdict(found)}: {desk.account.name} at {desk.venue.api.base_url}"
    failed = failures(found)
    advice = f"failed: {failed}: see the table" if failed else ""
    return Answer({"checks": rows, "verdict": verdict(found)}, (rows,), words, advice)


def checked(desk: Desk, seconds: float) -> Iterator[Check]:
    """In the order in which a session would need them; where the venue gives no usable answer they
    end. A login that fails ends the tool before.
    """
    try:
        yield from _checks(desk, seconds)
    except (ReadFailed, WireError) as failure:
        yield Check("answers", Result.FAIL, f"{failure}: the checks end here, try again")


def _checks(desk: Desk, seconds: float) -> Iterator[Check]:
    settings, live, now = desk.venue.settings, desk.venue.live, desk.now()
    today = trade_date(now)
    yield Check("login", Result.PASS, f"token until {moment(desk.expires)}")
    chosen = desk.account
    words = f"{chosen.name} ({chosen.id})"
    yield Check.of("account", chosen.can_trade, words if chosen.can_trade else f"{words} is locked")
    yield checks.MODE
    traded: list[Instrument] = []
    for wanted in settings.trading.contract:
        try:
            found = desk.contract(wanted)
        except ContractUnknown as unknown:  # rolled, most likely: the text says to what
            yield Check("contract", Result.FAIL, str(unknown))
        else:
            traded.append(found)
            yield checks.contract(wanted, found, today)
    yield checks.calendar(settings.trading, live, now)
    held = desk.ask(QueryPositions(), PositionsFound).positions
    yield checks.flat(len(held), len(working(desk)))
    yield checks.clock(_offset(desk), live)
    busy = engine_runs(desk)
    words = "an engine runs on this account: stop it first" if busy else "none on this machine"
    yield Check.of("no other engine", not busy, words)
    if traded and not (busy and live):  # listening would end that engine's session
        yield from _heard(desk, traded, seconds)
    if traded:
        yield checks.dollars_at_risk(settings, chosen, traded)
    yield sleep()


def _offset(desk: Desk) -> Offset | None:
    api = desk.venue.api
    try:
        return measured(api.base_url, 8, api.connect_timeout_s)
    except (OSError, http.client.HTTPException):
        return None


def _heard(desk: Desk, traded: list[Instrument], seconds: float) -> Iterator[Check]:
    from tools.console.probing import probed  # signalrcore starts slowly

    heard, probes = probed(desk, traded, seconds)
    yield checks.hubs(heard.problems, seconds)
    for each in traded:
        fresh, words = probes[each.id].verdict()
        yield Check.of("feed delay", fresh, f"{each.name}: {words}")
    yield checks.second_session(heard.problems, seconds)


if __name__ == "__main__":
    app()
