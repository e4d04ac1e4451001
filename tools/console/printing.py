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

_JSON = msgspec.json.Encoder(decimal_format="number")


def show(rows: Sequence[Row], as_json: bool, empty: str) -> None:
    """Rows of the same columns; `empty` is said where there are none."""
    if as_json:
        show_json(rows)
    elif not rows:
        print(empty)
    elif sys.stdout.isatty():
        _rich(rows)
    else:
        print("\n".join(columns(rows)))


def show_json(document: object) -> None:
    print(msgspec.json.format(_JSON.encode(document), indent=2).decode())


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
    return (Decimal(amount) / DOLLAR).quantize(Decimal("0.01"))


def price(instrument: Instrument, ticks: Ticks | None) -> Decimal | None:
    return None if ticks is None else instrument.price(ticks)


def average(instrument: Instrument, fine: FineTicks) -> Decimal:
    """An average price, which need not lie on the grid."""
    return Decimal(instrument.tick_size) * fine / FINE


def moment(at: Nanos) -> str:
    """UTC, to the millisecond."""
    return f"{iso(at)[:23]}Z"


def _rich(rows: Sequence[Row]) -> None:
    from rich.console import Console  # only where there is a terminal
    from rich.table import Table
    from rich.text import Text

    table = Table()
    for name, value in rows[0].items():
        number = isinstance(value, int | Decimal) and not isinstance(value, bool)
        table.add_column(name, justify="right" if number else "left", overflow="fold")
    for row in rows:
        table.add_row(*(Text(text(value)) for value in row.values()))
    Console().print(table)
