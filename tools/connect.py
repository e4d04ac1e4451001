"""python -m tools.connect: both hubs, tried."""

import time
from typing import Annotated

import typer

from messages.base import MILLISECOND, SECOND, Nanos
from tools.console.command import Account, Json, Live, Stopped, Url, application
from tools.console.desk import opened
from tools.console.printing import Row, show, show_json

app = application("The hub connections, to a running simulator or with --live to the real venue.")


@app.command("test")
def try_(
    seconds: Annotated[float, typer.Option(help="How long to listen.", min=0.1, max=3600)] = 30,
    contract: Annotated[
        str | None, typer.Option(help="Symbol or full id; default: the settings'.")
    ] = None,
    account: Account = None,
    url: Url = None,
    live: Live = False,
    json: Json = False,
) -> None:
    """Open both hubs, subscribe, listen; exit 7 where one fails or no market data comes."""
    with opened(url, live, account) as desk:
        from tools.console.listening import STREAMS, listening, stream  # signalrcore starts slowly

        with listening(desk, [desk.contract(contract)]) as heard:
            begun = heard.openings[0].at
            time.sleep(0 if heard.problems else seconds)
            ended = desk.now()
        hubs: list[Row] = [
            {
                "hub": each.hub.value,
                "result": "FAIL" if each.problem else "PASS",
                "open_ms": each.took // MILLISECOND,
                "problem": each.problem or None,
            }
            for each in heard.openings
        ]
        figures = [stream(name, heard.records, begun, ended) for name in STREAMS]
        span = max(ended - begun, 1)
        streams: list[Row] = [
            {
                "stream": each.name,
                "messages": each.records,
                "per_second": round(each.records * SECOND / span, 1),
                "first_ms": _ms(each.first),
                "longest_silence_ms": _ms(each.silence),
            }
            for each in figures
        ]
        streams.append(_user(heard.user_events, span))
        problems = heard.problems or (
            [] if heard.records else ["no market data: is the market open?"]
        )
        if json:
            show_json({"hubs": hubs, "streams": streams, "problems": problems})
        else:
            show(hubs, False, "")
            print()
            show(streams, False, "")
        if problems:
            raise Stopped(f"check: {'; '.join(problems)}", 7)


def _user(events: int, span: Nanos) -> Row:
    """The user hub is silent in an account where nothing happens."""
    return {
        "stream": "user",
        "messages": events,
        "per_second": round(events * SECOND / span, 1),
        "first_ms": None,
        "longest_silence_ms": None,
    }


def _ms(span: Nanos | None) -> int | None:
    return None if span is None else span // MILLISECOND


if __name__ == "__main__":
    app(prog_name="python -m tools.connect")
