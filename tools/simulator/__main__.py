"""python -m tools.simulator: the simulated gateway as a process on loopback."""

import asyncio
import json
import logging
import sys
import tempfile
from datetime import date, datetime
from pathlib import Path
from typing import IO, Annotated, Literal

import typer

from tools.simulator import contracts
from tools.simulator.account_config import AccountConfig, AccountFileError, read_accounts
from tools.simulator.fault_file import FaultFileError, read_faults
from tools.simulator.faults import Wanted
from tools.simulator.generator import Generator
from tools.simulator.journal import FileJournal
from tools.simulator.market import MarketSource
from tools.simulator.pace import Paced
from tools.simulator.server import Clock, listen, serve
from tools.simulator.shapes import ShapeError, Shapes, chosen
from tools.simulator.stamps import ns_of
from tools.simulator.venue import PREROLL, Listing, Venue, VenueConfig

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


def _fail(text: str) -> typer.Exit:
    print(f"simulator: {text}", file=sys.stderr)
    return typer.Exit(2)


def _epoch(text: str | None) -> int | None:
    try:
        return None if text is None else ns_of(datetime.fromisoformat(text))
    except ValueError:
        raise _fail(f"--epoch: {text} is not an ISO time such as 2026-11-20T15:00:00Z") from None


def _listed(names: list[str], today: date) -> list[contracts.Contract]:
    """The contracts of ids and symbols, each once."""
    by_symbol = {product.symbol: product for product in contracts.PRODUCTS}
    rows: dict[str, contracts.Contract] = {}
    for name in names:
        product = by_symbol.get(name)
        row = contracts.find(name, today) if product is None else contracts.front(product, today)
        if row is None:
            example = contracts.front(by_symbol["MES"], today).id
            raise _fail(f"--contract: {name} is not known, try MES or {example}")
        rows[row.id] = row
    return list(rows.values())


def _source(
    replay: Path | None, contract: contracts.Contract, seed: int, speed: int
) -> MarketSource:
    source = _unpaced(replay, contract, seed)
    return source if speed == 1 else Paced(source, speed)


def _unpaced(replay: Path | None, contract: contracts.Contract, seed: int) -> MarketSource:
    if replay is None:
        return Generator(seed)
    from tools.simulator.recording import RecordingError  # numpy only where it is needed
    from tools.simulator.replay import InPhase

    try:
        return InPhase(replay, contract.product.tick_size)
    except RecordingError as error:
        raise _fail(str(error)) from None


def _kept(path: Path | None) -> IO[bytes]:
    """The journal's file: unnamed, and gone with the process, where none is asked for."""
    try:
        if path is not None:
            return path.open("x+b", buffering=0)
        return tempfile.TemporaryFile("w+b", buffering=0)
    except OSError as error:
        raise _fail(f"--journal: {path}: {error.strerror or error}") from None


def _planned(path: Path | None) -> tuple[Wanted, ...]:
    try:
        return () if path is None else read_faults(path)
    except FaultFileError as error:
        raise _fail(f"--faults: {error}") from None


def _accounts(path: Path | None) -> tuple[AccountConfig, ...]:
    try:
        return (AccountConfig(),) if path is None else read_accounts(path)
    except AccountFileError as error:
        raise _fail(f"--accounts: {error}") from None


def _calendar(name: str) -> Literal["always", "cme"]:
    match name:
        case "always":
            return "always"
        case "cme":
            return "cme"
        case _:
            raise _fail(f"--calendar: {name} is not known, try always or cme")


def _shaped(pairs: list[str]) -> Shapes:
    try:
        return chosen(pairs)
    except ShapeError as error:
        raise _fail(f"--shape: {error}") from None


@app.command()
def main(
    port: Annotated[int, typer.Option(help="TCP port on loopback; 0 picks a free one.")] = 0,
    seed: Annotated[int, typer.Option(help="Seed of the market and of all delays.")] = 0,
    replay: Annotated[
        Path | None, typer.Option(help="PREFIX of recorded PREFIX_trades/_quotes/_depth.parquet.")
    ] = None,
    user: Annotated[str, typer.Option(help="Login name.")] = "demo",
    key: Annotated[str, typer.Option(help="API key of the login.")] = "demo",
    epoch: Annotated[
        str | None, typer.Option(help="ISO time at which the venue's clock starts; default: now.")
    ] = None,
    epoch_at: Annotated[
        int | None,
        typer.Option(help="Unix time in ns at which that clock started; default: now."),
    ] = None,
    contract: Annotated[
        list[str] | None,
        typer.Option(
            help="Contract with a market: an id, or a symbol for its front month. Repeatable."
        ),
    ] = None,
    accounts: Annotated[
        Path | None, typer.Option(help="YAML list of accounts; default: one of 50,000 USD.")
    ] = None,
    journal: Annotated[
        Path | None, typer.Option(help="File to keep the venue's journal in; it must not exist.")
    ] = None,
    calendar: Annotated[
        str, typer.Option(help="always: open without end; cme: by the hours of CME.")
    ] = "always",
    faults: Annotated[
        Path | None, typer.Option(help="YAML list of faults, their starts from the venue's.")
    ] = None,
    speed: Annotated[
        int, typer.Option(min=1, help="How many times faster than its source a market runs.")
    ] = 1,
    shape: Annotated[
        list[str] | None,
        typer.Option(help="NAME=VALUE where the wire reference allows several. Repeatable."),
    ] = None,
    with_parent: Annotated[
        bool, typer.Option("--with-parent", help="End when standard input ends.")
    ] = False,
) -> None:
    """Serve REST and both hubs on loopback; print one JSON line with the addresses when ready."""
    # asyncio warns of every write to a lost socket, as long as its loss has not been read.
    logging.getLogger("asyncio").setLevel(logging.ERROR)
    clock = Clock(_epoch(epoch), epoch_at)
    rows = _listed(contract or ["MES"], contracts.day(clock.start))
    listings = tuple(
        # A recording is one market: it is the first contract's.
        Listing(row.id, _source(replay, row, seed, speed), waits=replay is not None)
        if place == 0
        else Listing(row.id, _source(None, row, seed + place, speed))
        for place, row in enumerate(rows)
    )
    try:
        listener = listen(port)
    except (OSError, OverflowError) as error:
        raise _fail(f"--port: cannot listen on 127.0.0.1:{port}: {error}") from None
    config = VenueConfig(
        listings,
        seed,
        {user: key},
        accounts=_accounts(accounts),
        preroll=PREROLL // speed,
        faults=_planned(faults),
        calendar=_calendar(calendar),
        shapes=_shaped(shape or []),
    )
    with listener, _kept(journal) as file:
        written = FileJournal(file)
        try:
            venue = Venue(config, clock.start, written)
        except ValueError as error:
            raise _fail(f"--faults: {faults}: {error}") from None
        address = f"127.0.0.1:{listener.getsockname()[1]}"

        def ready() -> None:
            print(
                json.dumps(
                    {
                        "rest": f"http://{address}",
                        "user_hub": f"http://{address}/hubs/user",
                        "market_hub": f"http://{address}/hubs/market",
                    }
                ),
                flush=True,
            )

        parent = sys.stdin.fileno() if with_parent else None
        asyncio.run(serve(venue, clock, listener, ready, parent))
        written.close()


if __name__ == "__main__":
    app()
