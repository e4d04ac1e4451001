"""python -m tools.preflight: what should be right before a session, in one table."""

import http.client
import time
from collections.abc import Iterator
from typing import Annotated

import typer

from gateway.session import ContractUnknown
from messages.base import SECOND
from messages.market import Instrument
from tools.console.checks import Check, clock, dollars_at_risk, feed, flat, hubs, sleep
from tools.console.command import Account, Json, Live, Stopped, Url
from tools.console.desk import Desk, opened
from tools.console.printing import moment, show, show_json
from tools.console.venue_time import Offset, measured

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command()
def preflight(
    seconds: Annotated[
        float, typer.Option(help="How long to listen to the hubs.", min=0.5, max=600)
    ] = 5,
    account: Account = None,
    url: Url = None,
    live: Live = False,
    json: Json = False,
) -> None:
    """Check everything that can be checked without an order; exit 7 where something fails."""
    with opened(url, live, account) as desk:
        checks = list(_checks(desk, seconds))
        failed = [each.name for each in checks if each.passed is False]
        verdict = "FAIL" if failed else "PASS"
        rows = [each.row() for each in checks]
        if json:
            show_json({"checks": rows, "verdict": verdict})
        else:
            show(rows, False, "")
            print(f"\n{verdict}: {desk.account.name} at {desk.venue.api.base_url}")
        if failed:
            raise Stopped(f"check: failed: {', '.join(failed)}: see the table", 7)


def _checks(desk: Desk, seconds: float) -> Iterator[Check]:
    """In the order in which a session would need them. A login that fails ends the tool before."""
    yield Check("login", True, f"token until {moment(desk.expires)}")
    chosen = desk.account
    words = f"{chosen.name} ({chosen.id})"
    yield Check("account", chosen.can_trade, words if chosen.can_trade else f"{words} is locked")
    traded: list[Instrument] = []
    for named in desk.venue.settings.trading.contract:
        try:
            found = desk.contract(named)
        except ContractUnknown as unknown:  # rolled, most likely: the text says to what
            yield Check("contract", False, str(unknown))
        else:
            traded.append(found)
            yield Check("contract", True, f"{found.name} ({found.id}): the active month")
    yield flat(desk)
    yield clock(_offset(desk), desk.venue.live)
    if traded:
        yield from _heard(desk, traded, seconds)
        yield dollars_at_risk(desk.venue.settings, chosen, traded)
    yield _alone(desk, traded)
    yield sleep()


def _offset(desk: Desk) -> Offset | None:
    api = desk.venue.api
    try:
        return measured(api.base_url, 8, api.connect_timeout_s)
    except (OSError, http.client.HTTPException):
        return None


def _heard(desk: Desk, traded: list[Instrument], seconds: float) -> Iterator[Check]:
    from tools.console.listening import listening  # signalrcore starts slowly

    with listening(desk, traded) as heard:
        time.sleep(0 if heard.problems else seconds)
    yield feed([each.lag for each in heard.records], int(seconds * SECOND))
    yield hubs(heard.problems)


def _alone(desk: Desk, traded: list[Instrument]) -> Check:
    """The lock that an engine of this machine holds on its account."""
    from filelock import FileLock, Timeout

    from gateway.live import account_lock

    path = account_lock(desk.venue.api.base_url, desk.session(traded))
    try:
        with FileLock(path, timeout=0):
            return Check("no other engine", True, "none on this machine holds the account")
    except Timeout:
        return Check("no other engine", False, "an engine runs on this account: stop it first")
    except OSError as error:
        return Check("no other engine", False, f"{path}: {error.strerror}: mend the folder")


if __name__ == "__main__":
    app(prog_name="python -m tools.preflight")
