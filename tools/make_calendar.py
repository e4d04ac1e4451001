"""python -m tools.make_calendar: writes config/sessions.csv from pandas_market_calendars.

Only this command needs that library, the extra `calendar`; the engine reads the file it wrote.
"""

from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, Any

import typer

from config.hours import CHICAGO, CLOSED, FILE, REGULAR, Group

CALENDARS = {
    Group.EQUITY: "CME Globex Equity",
    Group.FX: "CMEGlobex_FX",
    Group.RATES: "CME Globex Interest Rate Products",
    Group.ENERGY_METALS: "CMEGlobex_EnergyAndMetals",
    Group.CRYPTO: "CME Globex Crypto",
    Group.GRAINS: "CBOT_Agriculture",  # CMEGlobex_Grains knows no half days
    Group.LIVESTOCK: "CMEGlobex_Livestock",
}
"""The library's names."""
LIBRARY = "pandas_market_calendars"
_DAY = timedelta(days=1)
_SATURDAY = 5


def cell(day: date, times: Mapping[str, datetime] | None) -> str:
    """A trade date's hours by the clock in Chicago, `17:00-12:15`; two spans where there is a pause
    between them. ValueError where they begin on another date than that one or the one before.
    """
    if times is None:
        return CLOSED
    local = {name: at.astimezone(CHICAGO) for name, at in times.items()}
    edges = [local["market_open"], local["market_close"]]
    if "break_start" in local and local["break_start"] != local["break_end"]:
        edges[1:1] = [local["break_start"], local["break_end"]]
    if edges[0].date() not in (day, day - _DAY) or any(at.second for at in edges):
        raise ValueError(f"{day}: {LIBRARY} says {edges[0]} to {edges[-1]}")
    text = [f"{at:%H:%M}" for at in edges]
    return " ".join(
        f"{opens}-{closes}" for opens, closes in zip(text[::2], text[1::2], strict=True)
    )


def weekdays(first: date, last: date) -> Iterator[date]:
    for ahead in range((last - first).days + 1):
        day = first + ahead * _DAY
        if day.weekday() < _SATURDAY:
            yield day


def rows(schedules: Mapping[Group, Mapping[date, Mapping[str, datetime]]], days: list[date]
         ) -> Iterator[tuple[str, ...]]:  # fmt: skip
    """The date, whether any group deviates from its usual hours, and each group's hours."""
    table = {day: [cell(day, schedules[group].get(day)) for group in Group] for day in days}
    usual = [max(set(column), key=column.count) for column in zip(*table.values(), strict=True)]
    for day, cells in table.items():
        yield (day.isoformat(), REGULAR if cells == usual else "special", *cells)


def schedule(calendar: Any, first: date, last: date) -> dict[date, dict[str, datetime]]:
    """What the library says, by trade date."""
    frame = calendar.schedule(str(first), str(last))
    return {
        index.date(): {name: at.to_pydatetime() for name, at in times.items()}
        for index, times in zip(frame.index, frame.to_dict("records"), strict=True)
    }


def text(first: date, last: date) -> str:
    """The file. Raises ImportError without the library."""
    from pandas_market_calendars import get_calendar

    found = {group: schedule(get_calendar(name), first, last) for group, name in CALENDARS.items()}
    head = [
        f"# Session hours by trade date and product group, Chicago, from {LIBRARY} "
        f"{version(LIBRARY)}: python -m tools.make_calendar",
        "# An opening later than its close is that of the evening before. Special: not every group "
        "keeps its usual hours.",
        ",".join(("trade_date", "kind", *Group)),
    ]
    lines = [",".join(row) for row in rows(found, list(weekdays(first, last)))]
    return "\n".join([*head, *lines, ""])


def make(
    first: Annotated[int, typer.Option(help="First year.")] = 2025,
    last: Annotated[int, typer.Option(help="Last year; after it trading is refused.")] = 2027,
    file: Annotated[Path, typer.Option(help="Where to write it.")] = FILE,
) -> None:
    """Write the session calendar anew: look at the difference before you commit it."""
    try:
        made = text(date(first, 1, 1), date(last, 12, 31))
    except ImportError:
        typer.echo(
            'usage: needs the extra: pip install -e ".[calendar]" -c constraints.txt', err=True
        )
        raise typer.Exit(2) from None
    file.write_text(made, encoding="utf-8", newline="\n")
    typer.echo(f"{file}: {first} to {last}")


if __name__ == "__main__":
    typer.run(make)
