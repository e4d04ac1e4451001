"""python -m tools.simulator: the simulated gateway as a process on loopback."""

import asyncio
import json
import logging
import socket
import sys
from pathlib import Path

import typer

from tools.simulator import contracts, options
from tools.simulator.journal import FileJournal
from tools.simulator.options import OptionError
from tools.simulator.server import Clock, listen, serve
from tools.simulator.venue import PREROLL, Venue, VenueConfig

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command()
def main(
    port: options.Port = 0,
    seed: options.Seed = 0,
    replay: options.Replay = None,
    user: options.User = "demo",
    key: options.Key = "demo",
    epoch: options.Epoch = None,
    epoch_at: options.EpochAt = None,
    contract: options.Contracts = None,
    accounts: options.Accounts = None,
    journal: options.Journal = None,
    calendar: options.Calendar = "always",
    faults: options.Faults = None,
    speed: options.Speed = 1,
    shape: options.Shape = None,
    with_parent: options.WithParent = False,
) -> None:
    """Serve REST and both hubs on loopback; print one JSON line with the addresses when ready."""
    # asyncio warns of every write to a lost socket, as long as its loss has not been read.
    logging.getLogger("asyncio").setLevel(logging.ERROR)
    try:
        clock = Clock(options.epoch_ns(epoch), epoch_at)
        today = contracts.day(clock.start)
        markets = options.listings(contract or ["MES"], today, replay, seed, speed)
        with _listener(port) as listener:
            config = VenueConfig(
                markets,
                seed,
                {user: key},
                accounts=options.accounts(accounts),
                preroll=PREROLL // speed,
                faults=options.planned(faults),
                calendar=options.calendar(calendar),
                shapes=options.shaped(shape or []),
            )
            parent = sys.stdin.fileno() if with_parent else None
            _run(config, clock, listener, journal, parent)
    except OptionError as error:
        print(f"simulator: {error}", file=sys.stderr)
        raise typer.Exit(2) from None
    except _FaultError as error:
        print(f"simulator: --faults: {faults}: {error}", file=sys.stderr)
        raise typer.Exit(2) from None


class _FaultError(Exception):
    """A fault that the venue does not know, or one of something that it has not."""


def _listener(port: int) -> socket.socket:
    try:
        return listen(port)
    except (OSError, OverflowError) as error:
        raise OptionError(f"--port: cannot listen on 127.0.0.1:{port}: {error}") from None


def _run(
    config: VenueConfig,
    clock: Clock,
    listener: socket.socket,
    journal: Path | None,
    parent: int | None,
) -> None:
    """Serve until the end, and close the journal."""
    with options.kept(journal) as file:
        written = FileJournal(file)
        try:
            venue = Venue(config, clock.start, written)
        except ValueError as error:
            raise _FaultError(str(error)) from None
        address = f"127.0.0.1:{listener.getsockname()[1]}"

        def ready() -> None:
            rest, hubs = f"http://{address}", f"http://{address}/hubs"
            found = {"rest": rest, "user_hub": f"{hubs}/user", "market_hub": f"{hubs}/market"}
            print(json.dumps(found), flush=True)

        asyncio.run(serve(venue, clock, listener, ready, parent))
        written.close()


if __name__ == "__main__":
    app()
