"""The names of a session's files, and room for them."""

from dataclasses import dataclass
from pathlib import Path

from actors.runtime.segments import segments
from actors.session.units import new_york
from messages.base import Nanos

SWITCH = "KILL"


@dataclass(frozen=True, slots=True)
class Paths:
    """Where a session that starts at a given instant writes.

    `trades`, `ledger` and `sentinel` go on from session to session; the others are this session's
    own.
    """

    log: Path
    trades: Path
    metrics: Path
    trace: Path
    ledger: Path
    venue: Path
    """The embedded simulator's own journal."""
    sentinel: Path
    """What sentinels have said, from session to session."""
    switch: Path
    """The kill switch: while this file is there, nothing is traded."""

    @classmethod
    def at(cls, directory: Path, start: Nanos) -> "Paths":
        """The names for the New York date of `start` (ns UTC)."""
        date = f"{new_york(start):%Y-%m-%d}"
        return cls(
            directory / f"trading_{date}.log",
            directory / f"trades_{date}.csv",
            directory / f"metrics_{date}.json",
            directory / f"trace_{date}.jsonl",
            directory / "ledger.sqlite",
            directory / f"venue_{date}.jsonl",
            directory / "sentinel.log",
            directory / SWITCH,
        )

    def make_room(self) -> None:
        """Make the folder, and move an older log, metrics, trace or venue journal of the same name
        to NAME.1.

        So do the closed segments of an older trace. What stood at NAME.1 is gone. Raises OSError
        where the folder cannot be written.
        """
        self.log.parent.mkdir(parents=True, exist_ok=True)
        for segment in segments(self.trace.with_name(f"{self.trace.name}.1")):
            segment.path.unlink()
        closed = [segment.path for segment in segments(self.trace)]
        for path in (self.log, self.metrics, self.venue, *closed):
            if path.exists():
                path.replace(path.with_name(f"{path.name}.1"))
