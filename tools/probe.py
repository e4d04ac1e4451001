"""python -m tools.probe: is the market data of this account real-time?"""

import csv
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from messages.base import MILLISECOND, SECOND, Nanos
from messages.market import Bar, BarsFound, Instrument, QueryBars
from tools.console.command import Account, Json, Live, Stopped, Url, application
from tools.console.delay import Rest, agreement, lag, verdict
from tools.console.desk import Desk, opened
from tools.console.printing import Row, show, show_json

app = application("The age of market data, at a running simulator or with --live the real venue.")

POLL_S = 2.0
"""Between two readings of bars: the venue allows 50 in 30 s, and an engine may run beside us."""


@app.command()
def delay(
    seconds: Annotated[float, typer.Option(help="How long to listen.", min=2, max=3600)] = 30,
    contract: Annotated[
        str | None, typer.Option(help="Symbol or full id; default: the settings'.")
    ] = None,
    to: Annotated[
        Path | None, typer.Option("--csv", help="File for every message and its age.")
    ] = None,
    account: Account = None,
    url: Url = None,
    live: Live = False,
    json: Json = False,
) -> None:
    """Compare the hub's stamps with our clock, and with 1 s bars over REST; exit 7 if delayed."""
    with opened(url, live, account) as desk:
        from tools.console.listening import STREAMS, TRADES, listening, stream  # starts slowly

        _writable(to)
        traded = desk.contract(contract)
        with listening(desk, [traded]) as heard:
            begun = desk.now()
            ages, bars = _polled(desk, traded, begun, 0 if heard.problems else seconds)
            ended = desk.now()
        if heard.problems:
            raise Stopped(f"check: {'; '.join(heard.problems)}", 7)
        figures = [stream(name, heard.records, begun, ended) for name in STREAMS]
        rest = Rest(tuple(ages), *agreement(heard.tapes, bars))
        rows: list[Row] = [
            lag(each.name, each.records, each.lag_p50, each.lag_p99, each.silence)
            for each in figures
        ]
        rows.append(lag("REST bars", len(ages), rest.typical, rest.worst, None))
        trades = next(each for each in figures if each.name == TRADES)
        real_time, words = verdict(trades.lag_p50, rest)
        if to is not None:
            _write(to, [(each.received, each.stream, each.stamp) for each in heard.records])
        if json:
            show_json({"streams": rows, "real_time": real_time, "verdict": words})
        else:
            show(rows, False, "")
            print(f"\n{words}")
        if not real_time:
            raise Stopped(f"check: {words}", 7)


def _polled(
    desk: Desk, traded: Instrument, begun: Nanos, seconds: float
) -> tuple[list[Nanos], Sequence[Bar]]:
    """The age of the newest closed bar at each reading, and the bars since `begun` at the last."""
    ages: list[Nanos] = []
    bars: Sequence[Bar] = ()
    end = time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0:
        time.sleep(min(POLL_S, left))
        now = desk.now()
        since = min(begun, now - 3600 * SECOND)
        limit = int(seconds) + 5
        found = desk.ask(QueryBars(traded.id, 1, since, now, limit), BarsFound)
        bars = [bar for bar in found.bars if bar.start >= begun]
        if found.bars:
            ages.append(now - found.bars[-1].end)
    return ages, bars


def _writable(path: Path | None) -> None:
    if path is not None:
        _write(path, [])


def _write(path: Path, records: Sequence[tuple[Nanos, str, Nanos]]) -> None:
    try:
        with path.open("w", newline="", encoding="utf-8") as file:
            table = csv.writer(file)
            table.writerow(("received_ns", "stream", "stamp_ns", "lag_ms"))
            table.writerows(
                (received, name, stamp, round((received - stamp) / MILLISECOND, 3))
                for received, name, stamp in records
            )
    except OSError as error:
        words = f"files: {path}: {error.strerror or error}: name a file that can be written"
        raise Stopped(words, 9) from error


if __name__ == "__main__":
    app(prog_name="python -m tools.probe")
