"""What the market hub says of some contracts, as rows and then as files; and when it was away."""

import threading
from collections.abc import Mapping

import msgspec
import pyarrow as pa

from messages.base import Message, Nanos
from messages.hub import Hub, HubLost, HubOpened
from messages.market import Depth, Instrument, Quote, Tape
from tools.record.files import Growing
from tools.record.rows import Rows

MOST = 20_000
"""Rows of one kind that wait to be written; a hub that brings more has to wait itself."""


class Gap(msgspec.Struct):
    """The hub was away: from the last record before to the first one after (None: to the end), ns
    by the receipts.
    """

    since: Nanos
    until: Nanos | None
    reason: str


class Recorder:
    """`hear` is called by the hub's thread, the rest by the recording's."""

    def __init__(self, contracts: Mapping[str, Instrument], growing: Mapping[str, Growing]) -> None:
        self.gaps: list[Gap] = []
        self.lost: HubLost | None = None
        """Why the hub is away; None while it is open."""
        self.failed = ""
        """Why nothing more can be written."""
        self._rows = {id_: Rows(traded) for id_, traded in contracts.items()}
        self._growing = growing
        self._heard: Nanos = 0
        self._lock = threading.Lock()

    @property
    def moved(self) -> int:
        return sum(rows.moved for rows in self._rows.values())

    def hear(self, message: Message) -> None:
        with self._lock:
            match message:
                case Quote() | Tape() | Depth():
                    self._market(message)
                case HubOpened(hub=Hub.MARKET):
                    self.lost = None
                case HubLost(hub=Hub.MARKET):
                    self._away(message)
                case _:
                    pass  # about the connection, not from the venue

    def flush(self) -> None:
        """Write what waits."""
        with self._lock:
            for contract in self._rows:
                self._write(contract)

    def _market(self, message: Quote | Tape | Depth) -> None:
        if self.failed:
            return
        self._heard = message.received
        if self.gaps and self.gaps[-1].until is None:
            self.gaps[-1].until = message.received
        rows = self._rows[message.contract]
        rows.hear(message)
        if any(len(waiting) >= MOST for waiting in rows.waiting.values()):
            self._write(message.contract)

    def _away(self, lost: HubLost) -> None:
        self.lost = lost
        for rows in self._rows.values():
            rows.broken()
        if self._heard and not (self.gaps and self.gaps[-1].until is None):
            self.gaps.append(Gap(self._heard, None, lost.reason))

    def _write(self, contract: str) -> None:
        for kind, waiting in self._rows[contract].waiting.items():
            if waiting and not self.failed:
                try:
                    self._growing[contract].write(kind, waiting)
                except (OSError, pa.ArrowException) as error:
                    self.failed = str(getattr(error, "strerror", None) or error)
            waiting.clear()
