"""python -m tools.probe: is the market data of this account real-time?"""

import csv
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from messages.base import MILLISECOND, Nanos
from tools.console.command import Contract, Stopped
from tools.console.desk import Desk
from tools.console.printing import Answer, Row
from tools.console.tool import Tool

if TYPE_CHECKING:
    from tools.console.listening import Record

app = Tool("probe", "The age of market data, at a running simulator or with --live the real venue.")


@app.does()
def delay(
    desk: Desk,
    seconds: Annotated[float, typer.Option(help="How long to listen.", min=2, max=3600)] = 30,
    contract: Contract = None,
    to: Annotated[
        Path | None, typer.Option("--csv", help="File for every message and its age.")
    ] = None,
) -> Answer:
    """Compare the hub's stamps with our clock, and with 1 s bars over REST; exit 7 if delayed."""
    from tools.console.probing import probed  # signalrcore starts slowly

    _write(to, ())  # before listening: it must be possible
    traded = desk.contract(contract)
    heard, probes = probed(desk, [traded], seconds)
    if heard.problems:
        raise Stopped(f"check: {'; '.join(heard.problems)}", 7)
    _write(to, heard.records)
    probe = probes[traded.id]
    rows: list[Row] = [
        _lag(each.name, each.records, each.lag_p50, each.lag_p99, each.silence)
        for each in probe.streams
    ]
    rest = probe.rest
    rows.append(_lag("REST bars", len(rest.ages), rest.typical, rest.worst, None))
    real_time, words = probe.verdict()
    document = {"streams": rows, "real_time": real_time, "verdict": words}
    return Answer(document, (rows,), words, "" if real_time else words)


def _lag(
    name: str, count: int, typical: Nanos | None, worst: Nanos | None, silence: Nanos | None
) -> Row:
    return {
        "source": name,
        "messages": count,
        "lag_p50_ms": _ms(typical),
        "lag_p99_ms": _ms(worst),
        "longest_silence_ms": _ms(silence),
    }


def _ms(span: Nanos | None) -> int | None:
    return None if span is None else round(span / MILLISECOND)


def _write(path: Path | None, records: "Iterable[Record]") -> None:
    if path is None:
        return
    try:
        with path.open("w", newline="", encoding="utf-8") as file:
            lines = csv.writer(file)
            lines.writerow(("received_ns", "stream", "stamp_ns", "lag_ms"))
            lines.writerows(
                (each.received, each.stream, each.stamp, round(each.lag / MILLISECOND, 3))
                for each in records
                if each.contract
            )
    except OSError as error:
        words = f"files: {path}: {error.strerror or error}: name a file that can be written"
        raise Stopped(words, 9) from error


if __name__ == "__main__":
    app()
