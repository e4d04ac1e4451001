"""All the files of one session, opened together."""

import shutil
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import psutil

from actors.runtime.journal import Sink
from actors.runtime.runtime import Accounts
from actors.runtime.trace import MEGABYTE, TraceFile
from actors.session.libraries import take_over
from actors.session.limits import Limits
from actors.session.log import Log
from actors.session.metrics import Metrics
from actors.session.paths import Paths
from actors.session.status import Status, render
from actors.session.terminal import Aside, Terminal
from actors.session.trades import Trades
from config.schema import Settings
from messages.decision import Denied
from messages.market import DATA, Instrument

DRAIN_S = 2.0


def _resident() -> int:
    """This process's resident memory, bytes."""
    size: int = psutil.Process().memory_info().rss
    return size


class Files:
    """Trace, log, trades and metrics, and the status that reads the metrics' parts.

    Raises OSError where one of them cannot be written.
    """

    def __init__(
        self,
        paths: Paths,
        settings: Settings,
        instruments: Sequence[Instrument],
        header: Mapping[str, Any],
        redact: Callable[[str], str],
        accounts: Callable[[], Accounts],
        denial: Callable[[Denied], str],
    ) -> None:
        limits = Limits.of(settings)
        table = {instrument.id: instrument for instrument in instruments}
        # Where the status line has the terminal, the log's lines would tear it.
        self._terminal = Aside(Terminal(sys.stderr))
        self.live = self._terminal.isatty()
        self.paths = paths
        self._table = table
        logs = settings.logs
        self.trace = TraceFile(
            paths.trace,
            header,
            frozenset(kind.__name__ for kind in DATA),
            logs.trace_segment_mb * MEGABYTE,
            logs.trace_cap_mb * MEGABYTE,
        )
        take_over(logs.level)
        outs = (paths.log,) if self.live else (paths.log, self._terminal)
        self.logs = tuple(Log(out, table, denial, logs.level, redact) for out in outs)
        self.trades = Trades(paths.trades, table)
        self.metrics = Metrics(paths.metrics, limits, accounts, _resident)
        self.status = Status(limits, self.metrics.invariants, self.metrics.latencies)

    @property
    def sinks(self) -> tuple[Sink, ...]:
        """In the order in which they are fed: the status reads what the metrics have counted."""
        return self.trace, *self.logs, self.trades, self.metrics, self.status

    @property
    def names(self) -> tuple[Path, ...]:
        paths = self.paths
        known = (paths.log, paths.trades, paths.metrics, paths.trace, paths.ledger)
        return (*known, paths.venue) if paths.venue.exists() else known

    def say(self, words: str) -> None:
        """A line for the operator."""
        self._terminal.write(f"{words}\n")

    def said(self) -> bool:
        """Whether the operator's terminal has taken everything, or takes it within two seconds."""
        return self._terminal.drain(DRAIN_S)

    def show(self) -> None:
        """Renew the status line on the terminal."""
        line = render(self.status.line(), self._table)
        width = shutil.get_terminal_size().columns - 1
        self._terminal.write(f"\r{line[:width]:<{width}}")
