"""python -m tools.simulate: one session in virtual time; a JSON line says how it came out."""

import sys
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from actors.runtime.address import Address
from actors.runtime.delivery import Delivery
from config.loading import load
from config.problems import SettingsError
from gateway.session import SessionFailed
from messages.base import SECOND
from models.artefact import ArtefactError
from supervisor import ACTORS, CHILDREN, TIMERS
from tools.simulate.mishaps import crashing, fault
from tools.simulate.session import VirtualSession
from tools.simulator import options
from tools.simulator.fault_names import FAULTS
from tools.simulator.options import OptionError

FORM = "NAME@SECONDS[:DURATION[:TARGET[:PROBABILITY]]]"

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


def _fail(text: str, code: int = 2) -> typer.Exit:
    print(text, file=sys.stderr)
    return typer.Exit(code)


@dataclass(frozen=True)
class Mishap:
    """`name@seconds`, followed by `:duration`, `:target` and `:probability` as far as needed; each
    may be empty.
    """

    name: str
    at: float
    duration: float | None
    target: str | None
    probability: float

    @classmethod
    def of(cls, text: str) -> "Mishap":
        name, _, when = text.partition("@")
        at, _, rest = when.partition(":")
        duration, _, rest = rest.partition(":")
        target, _, chance = rest.partition(":")
        try:
            lasts = float(duration) if duration else None
            return cls(name, float(at), lasts, target or None, float(chance or 1))
        except ValueError:
            raise _fail(f"simulate: {text} is not {FORM}") from None


def _known(mishaps: list[Mishap], kind: str, names: Collection[str]) -> list[Mishap]:
    for mishap in mishaps:
        if mishap.name not in names:
            raise _fail(f"simulate: no {kind} {mishap.name}; known: {', '.join(names)}")
    return mishaps


@contextmanager
def _refusals() -> Iterator[None]:
    """What keeps a session from beginning, or its files from being written: one line each."""
    try:
        yield
    except ArtefactError as error:
        raise _fail(str(error), 8) from None
    except SettingsError as error:
        raise _fail(str(error), 3) from None
    except OptionError as error:
        raise _fail(f"simulate: {error}") from None
    except (SessionFailed, ValueError) as error:
        raise _fail(f"settings: {error}", 3) from None
    except OSError as error:
        raise _fail(f"simulate: {error.filename}: {error.strerror or error}", 9) from None


class Crashes:
    """Each actor named breaks once: at its first message, timers aside, after its time with a
    position held.
    """

    def __init__(self, mishaps: list[Mishap]) -> None:
        self.session: VirtualSession | None = None
        self._waiting = mishaps

    def due(self, address: Address, delivery: Delivery) -> bool:
        session = self.session
        if session is None or not session.held or isinstance(delivery.message, TIMERS):
            return False
        for mishap in self._waiting:
            if mishap.name == address.partition("[")[0] and session.seconds >= mishap.at:
                self._waiting.remove(mishap)
                return True
        return False


@app.command()
def main(
    seconds: Annotated[float, typer.Option(help="Virtual seconds to trade.", min=0)] = 3600,
    seed: Annotated[int, typer.Option(help="Of the market, the delays and the scheduler.")] = 7,
    trace: Annotated[
        Path | None, typer.Option(help="File for the trace; it must not exist.")
    ] = None,
    journal: Annotated[Path | None, typer.Option(help="File for the venue's journal.")] = None,
    override: Annotated[
        list[str] | None, typer.Option("-o", help="One setting: section.key=value. Repeatable.")
    ] = None,
    faults: Annotated[
        list[str] | None,
        typer.Option(help=f"{FORM}; waits for a position. Repeatable."),
    ] = None,
    crash: Annotated[
        list[str] | None, typer.Option(help="ACTOR@SECONDS; waits for a position. Repeatable.")
    ] = None,
    accounts: options.Accounts = None,
    calendar: options.Calendar = "always",
) -> None:
    """Trade on the simulated venue in virtual time: the same options give the same session."""
    crashes = Crashes(_known([Mishap.of(text) for text in crash or ()], "actor", ACTORS))
    planned = _known([Mishap.of(text) for text in faults or ()], "fault", FAULTS)
    if trace is not None and trace.exists():
        raise _fail(f"simulate: --trace: {trace} is there already", 9)
    with _refusals():
        session = VirtualSession(
            load(None, override or (), environ={}).settings,
            seed,
            int(seconds * SECOND),
            trace,
            children=crashing(CHILDREN, crashes.due),
            accounts=options.accounts(accounts),
            calendar=options.calendar(calendar),
        )
    crashes.session = session
    for one in planned:
        fault(session, one.name, one.at, one.duration, one.target, one.probability)
    ended = session.run()
    if journal is not None:
        with _refusals(), journal.open("wb") as file:
            file.writelines(session.venue.journal.lines(0))
    print(msgspec.json.encode(ended).decode())
    raise typer.Exit(0 if ended.code == 0 else ended.code or 1)


if __name__ == "__main__":
    app()
