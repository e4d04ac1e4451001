"""Answers as a table on a terminal, as plain columns in a pipe, or as JSON."""

import sys
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import TypeAlias

import msgspec

from gateway.times import iso
from messages.base import DOLLAR, FINE, FineTicks, Money, Nanos, Ticks
from messages.market import Instrument

Row: TypeAlias = Mapping[str, object]

CENT = Decimal("0.01")

_JSON = msgspec.json.Encoder(decimal_format="number")


class Answer(msgspec.Struct, frozen=True):
    """What a command has to show: its JSON document, or its tables and words; why its check failed,
    if it did.
    """

    document: object
    tables: tuple[Sequence[Row], ...]
    words: str = ""
    failed: str = ""


def table(rows: Sequence[Row], empty: str = "", failed: str = "") -> Answer:
    """Rows of the same columns; `empty` is said where there are none."""
    return Answer(rows, (rows,), "" if rows else empty, failed)


def show(answer: Answer, as_json: bool) -> None:
    if as_json:
        print(msgspec.json.format(_JSON.encode(answer.document), indent=2).decode())
        return
    parts = [_shown(rows) for rows in answer.tables if rows] + [answer.words]
    print("\n\n".join(part for part in parts if part))


def _shown(rows: Sequence[Row]) -> str:
    return _rich(rows) if sys.stdout.isatty() else "\n".join(columns(rows))


def columns(rows: Sequence[Row]) -> list[str]:
    """Left-aligned columns, two spaces apart, under their names."""
    cells = [list(rows[0]), *([text(value) for value in row.values()] for row in rows)]
    widths = [max(len(line[place]) for line in cells) for place in range(len(cells[0]))]
    return ["  ".join(map(str.ljust, line, widths)).rstrip() for line in cells]


def text(value: object) -> str:
    match value:
        case None:
            return "-"
        case bool():
            return "yes" if value else "no"
        case Decimal():
            return format(value, "f")
        case _:
            return str(value)


def dollars(amount: Money) -> Decimal:
    return (Decimal(amount) / DOLLAR).quantize(CENT)


def price(instrument: Instrument, ticks: Ticks | None) -> Decimal | None:
    return None if ticks is None else instrument.price(ticks)


def average(instrument: Instrument, fine: FineTicks) -> Decimal:
    """An average price, which need not lie on the grid."""
    return Decimal(instrument.tick_size) * fine / FINE


def moment(at: Nanos) -> str:
    """UTC, to the millisecond."""
    return f"{iso(at)[:23]}Z"


def _rich(rows: Sequence[Row]) -> str:
    from rich.console import Console  # only where there is a terminal
    from rich.table import Table
    from rich.text import Text

    grid = Table()
    for name, value in rows[0].items():
        number = isinstance(value, int | Decimal) and not isinstance(value, bool)
        grid.add_column(name, justify="right" if number else "left", overflow="fold")
    for row in rows:
        grid.add_row(*(Text(text(value)) for value in row.values()))
    console = Console()
    with console.capture() as captured:
        console.print(grid)
    return captured.get().rstrip("\n")
