"""Faults by name. A fault is a row in FAULTS: what it does when it begins and when it ends.

Lasting faults are looked up by the place they act in (`Faults.active`); momentary ones act once
when they begin and are over. Start, firing and end of each go to the journal.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from tools.simulator.agenda import Agenda
from tools.simulator.exchange import Exchange
from tools.simulator.journal import Journal
from tools.simulator.stamps import SECOND


@dataclass(frozen=True)
class Fault:
    """`fire` acts at the start and says what it did; None: the fault lasts and is looked up."""

    summary: str
    fire: Callable[[int, Exchange], str] | None = None


def _cancel_brackets(now: int, exchange: Exchange) -> str:
    return f"cancelled {exchange.cancel_legs(now)}"


FREEZE_FEED = "freeze_feed"
FAULTS: Mapping[str, Fault] = {
    FREEZE_FEED: Fault("market data stops on both hubs' sockets; pings and the market go on"),
    "cancel_brackets": Fault("the venue cancels every working bracket leg", _cancel_brackets),
}


class Faults:
    """The faults in force."""

    def __init__(self, agenda: Agenda, exchange: Exchange, journal: Journal) -> None:
        self._agenda = agenda
        self._exchange = exchange
        self._journal = journal
        self._runs = 0
        self.active: dict[str, int] = {}
        """Name -> number of the run it belongs to."""

    def plan(self, now: int, name: str, start: int, duration: int | None) -> None:
        """Begin `name` in `start` ns, for `duration` ns (None: until stopped).

        Raises KeyError for a name that is not in FAULTS.
        """
        fault = FAULTS[name]
        if start > 0:
            self._agenda.add(now + start, lambda at: self._begin(at, name, fault, duration))
        else:
            self._begin(now, name, fault, duration)

    def stop(self, now: int, name: str) -> None:
        """End a lasting fault; harmless when it is not in force. Raises KeyError for the name."""
        if self.active.pop(name, None) is not None:
            self._note(now, name, "ended")
        elif name not in FAULTS:
            raise KeyError(name)

    def _begin(self, now: int, name: str, fault: Fault, duration: int | None) -> None:
        if fault.fire is not None:
            self._note(now, name, "started")
            self._note(now, name, f"fired: {fault.fire(now, self._exchange)}")
            self._note(now, name, "ended")
            return
        self._runs += 1
        run = self.active[name] = self._runs
        lasting = "until stopped" if duration is None else f"for {duration / SECOND:g} s"
        self._note(now, name, f"started {lasting}")
        if duration is not None:
            self._agenda.add(now + duration, lambda at: self._expire(at, name, run))

    def _expire(self, now: int, name: str, run: int) -> None:
        if self.active.get(name) == run:
            self.stop(now, name)

    def _note(self, now: int, name: str, detail: str) -> None:
        self._journal.add({"ns": now, "kind": "fault", "name": name, "detail": detail})
