"""What the command line says of a venue, read and checked."""

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
from tools.simulator.market import MarketSource
from tools.simulator.pace import Paced
from tools.simulator.shapes import ShapeError, Shapes, chosen
from tools.simulator.stamps import ns_of
from tools.simulator.venue import Listing

Port = Annotated[int, typer.Option(help="TCP port on loopback; 0 picks a free one.")]
Seed = Annotated[int, typer.Option(help="Seed of the market and of all delays.")]
Replay = Annotated[
    Path | None, typer.Option(help="PREFIX of recorded PREFIX_trades/_quotes/_depth.parquet.")
]
User = Annotated[str, typer.Option(help="Login name.")]
Key = Annotated[str, typer.Option(help="API key of the login.")]
Epoch = Annotated[
    str | None, typer.Option(help="ISO time at which the venue's clock starts; default: now.")
]
EpochAt = Annotated[
    int | None, typer.Option(help="Unix time in ns at which that clock started; default: now.")
]
Contracts = Annotated[
    list[str] | None,
    typer.Option(
        help="Contract with a market: an id, or a symbol for its front month. Repeatable."
    ),
]
Accounts = Annotated[
    Path | None, typer.Option(help="YAML list of accounts; default: one of 50,000 USD.")
]
Journal = Annotated[
    Path | None, typer.Option(help="File to keep the venue's journal in; it must not exist.")
]
Calendar = Annotated[str, typer.Option(help="always: open without end; cme: by the hours of CME.")]
Faults = Annotated[
    Path | None, typer.Option(help="YAML list of faults, their starts from the venue's.")
]
Speed = Annotated[
    int, typer.Option(min=1, help="How many times faster than its source a market runs.")
]
Shape = Annotated[
    list[str] | None,
    typer.Option(help="NAME=VALUE where the wire reference allows several. Repeatable."),
]
WithParent = Annotated[
    bool, typer.Option("--with-parent", help="End soon after standard input has ended.")
]


class OptionError(Exception):
    """An option and what is wrong with it, in one line."""


def epoch_ns(text: str | None) -> int | None:
    try:
        return None if text is None else ns_of(datetime.fromisoformat(text))
    except ValueError:
        problem = f"--epoch: {text} is not an ISO time such as 2026-11-20T15:00:00Z"
        raise OptionError(problem) from None


def listings(
    names: list[str], today: date, replay: Path | None, seed: int, speed: int
) -> tuple[Listing, ...]:
    """A recording is one market: it is the first contract's."""
    return tuple(
        Listing(row.id, _source(replay, row, seed, speed), waits=replay is not None)
        if place == 0
        else Listing(row.id, _source(None, row, seed + place, speed))
        for place, row in enumerate(_listed(names, today))
    )


def accounts(path: Path | None) -> tuple[AccountConfig, ...]:
    try:
        return (AccountConfig(),) if path is None else read_accounts(path)
    except AccountFileError as error:
        raise OptionError(f"--accounts: {error}") from None


def calendar(name: str) -> Literal["always", "cme"]:
    match name:
        case "always":
            return "always"
        case "cme":
            return "cme"
        case _:
            raise OptionError(f"--calendar: {name} is not known, try always or cme")


def kept(path: Path | None) -> IO[bytes]:
    """The journal's file: unnamed, and gone with the process, where none is asked for."""
    try:
        if path is not None:
            return path.open("x+b", buffering=0)
        return tempfile.TemporaryFile("w+b", buffering=0)
    except OSError as error:
        raise OptionError(f"--journal: {path}: {error.strerror or error}") from None


def planned(path: Path | None) -> tuple[Wanted, ...]:
    try:
        return () if path is None else read_faults(path)
    except FaultFileError as error:
        raise OptionError(f"--faults: {error}") from None


def shaped(pairs: list[str]) -> Shapes:
    try:
        return chosen(pairs)
    except ShapeError as error:
        raise OptionError(f"--shape: {error}") from None


def _listed(names: list[str], today: date) -> list[contracts.Contract]:
    """The contracts of ids and symbols, each once."""
    by_symbol = {product.symbol: product for product in contracts.PRODUCTS}
    rows: dict[str, contracts.Contract] = {}
    for name in names:
        product = by_symbol.get(name)
        row = contracts.find(name, today) if product is None else contracts.front(product, today)
        if row is None:
            example = contracts.front(by_symbol["MES"], today).id
            raise OptionError(f"--contract: {name} is not known, try MES or {example}")
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
        raise OptionError(str(error)) from None
