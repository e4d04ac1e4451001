"""The table of round trips: trades_DATE.csv, a row each, appended over the sessions of a day."""

import csv
from decimal import Decimal
from io import StringIO
from pathlib import Path

from actors.runtime.delivery import Published, Record
from actors.session.remember import remember
from actors.session.units import Instruments, average, decimal, plain, signed, symbol, utc
from messages.base import FINE
from messages.position import RoundTrip

COLUMNS = (
    "opened",
    "closed",
    "contract",
    "side",
    "size",
    "entry",
    "exit",
    "gross",
    "fees",
    "net",
    "ticks",
    "mae",
    "mfe",
    "reason",
    "id",
)


def row(trip: RoundTrip, instruments: Instruments) -> tuple[str, ...]:
    """The cells of one round trip: UTC times, decimal prices, USD; ticks are a contract's gain."""
    return (
        utc(trip.opened),
        utc(trip.closed),
        trip.contract,
        trip.side.name,
        str(trip.size),
        average(instruments, trip.contract, trip.entry),
        average(instruments, trip.contract, trip.exit),
        str(decimal(trip.gross)),
        str(decimal(trip.fees)),
        str(decimal(trip.net)),
        plain(Decimal((trip.exit - trip.entry) * trip.side) / FINE),
        str(decimal(trip.adverse)),
        str(decimal(trip.favourable)),
        trip.reason.value,
        str(trip.id),
    )


def sentence(trip: RoundTrip, instruments: Instruments) -> str:
    """For example: BUY 1 MES @ 6050.50, out @ 6054.00 (TARGET HIT), net +$16.28."""
    came = average(instruments, trip.contract, trip.entry)
    left = average(instruments, trip.contract, trip.exit)
    what = f"{trip.side.name} {trip.size} {symbol(instruments, trip.contract)}"
    return f"{what} @ {came}, out @ {left} ({trip.reason.value}), net {signed(trip.net)}"


class Trades:
    """Writes each round trip once, as it closes. Raises OSError where it cannot be written."""

    def __init__(self, path: Path, instruments: Instruments) -> None:
        self.path = path
        self._instruments = instruments
        self._written: dict[int, None] = {}
        self._file = path.open("ab", buffering=0)
        if self._file.tell() == 0:
            self._write(COLUMNS)
        elif not _ends_a_line(path):  # a kill tore the last row: what follows is readable again
            self._file.write(b"\n")

    def record(self, record: Record) -> None:
        if record.type == "RoundTrip" and isinstance(record, Published):
            trip = record.message
            if isinstance(trip, RoundTrip) and trip.id not in self._written:
                remember(self._written, trip.id, None)
                self._write(row(trip, self._instruments))

    def flush(self) -> None:
        """Rows are written as they come."""

    def close(self) -> None:
        self._file.close()

    def _write(self, cells: tuple[str, ...]) -> None:
        line = StringIO(newline="")
        csv.writer(line, lineterminator="\n").writerow(cells)
        self._file.write(line.getvalue().encode())


def _ends_a_line(path: Path) -> bool:
    with path.open("rb") as file:
        file.seek(-1, 2)
        return file.read(1) == b"\n"
