"""python -m tools.record: the market as the hub sends it, in files that --replay plays."""

from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from messages.base import SECOND
from tools.console import command
from tools.console.command import Stopped, refusals
from tools.console.desk import Desk
from tools.console.printing import Answer, moment, show
from tools.console.tool import Tool

if TYPE_CHECKING:
    from tools.record.files import Written
    from tools.record.session import Recorded

app = Tool(
    "record",
    "Write market data to parquet, of a running simulator or with --live of the real venue.",
)

Prefix = Annotated[Path, typer.Argument(help="PREFIX of PREFIX_trades/_quotes/_depth.parquet.")]


@app.does()
def start(
    desk: Desk,
    prefix: Prefix,
    seconds: Annotated[
        float | None, typer.Option(help="For how long; default: until Ctrl-C.", min=1)
    ] = None,
    contract: Annotated[
        list[str] | None,
        typer.Option(help="Symbol or full id; default: the settings'. Repeatable."),
    ] = None,
) -> Answer:
    """Record what the market hub sends. With several contracts each has its own PREFIX_NAME.

    The hub is opened again when it is lost; the gaps are told at the end. No file is overwritten.
    """
    _require_pyarrow()
    from tools.record.session import record  # signalrcore and pyarrow start slowly

    wanted = contract or desk.venue.settings.trading.contract
    return _told(record(desk, [desk.contract(one) for one in wanted], prefix, seconds))


@app.command()
def finish(prefix: Prefix, json: command.Json = False) -> None:
    """Make the files of a recording that was killed, from the .part files it left."""
    with refusals():
        _require_pyarrow()
        from tools.record.files import finished, held  # pyarrow starts slowly

        with held(prefix):
            files = finished(prefix)
        if not files:
            raise Stopped(f"check: {prefix}: no .part file of it holds anything", 7)
        rows = [_row(each) for each in files]
        show(Answer(rows, (rows,), _torn(files)), json)


def _require_pyarrow() -> None:
    if find_spec("pyarrow") is None:
        raise Stopped("record: writing parquet needs pyarrow: pip install 'failflat[data]'", 9)


def _told(recorded: "Recorded") -> Answer:
    files = [
        {"contract": contract, **_row(each)}
        for contract, written in recorded.files.items()
        for each in written
    ]
    gaps = [
        {
            "gap_from": moment(gap.since),
            "seconds": None if gap.until is None else round((gap.until - gap.since) / SECOND, 3),
            "reason": gap.reason,
        }
        for gap in recorded.gaps
    ]
    silent = [contract for contract, written in recorded.files.items() if not written]
    failed = recorded.ended
    if silent and not failed:
        failed = f"nothing came of {', '.join(silent)}: is the market open?"
    words = [f"gaps: {len(gaps)}, stamps moved: {recorded.moved}"]
    words += [_torn(written) for written in recorded.files.values()]
    document = {"files": files, "gaps": gaps, "moved": recorded.moved, "failed": failed or None}
    return Answer(document, (files, gaps), "\n".join(filter(None, words)), failed)


def _row(file: "Written") -> dict[str, object]:
    return {
        "kind": file.kind,
        "rows": file.rows,
        "first": moment(file.first),
        "last": moment(file.last),
        "bytes": file.bytes,
        "file": str(file.path),
    }


def _torn(files: "list[Written]") -> str:
    return "\n".join(
        f"{each.path}: the end was torn, up to 1 s is missing; its .part file is kept"
        for each in files
        if each.torn
    )


if __name__ == "__main__":
    app()
