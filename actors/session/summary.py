"""The closing summary: what a trader wants to know when the engine has stopped. Pure."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any


def summary(figures: Mapping[str, Any], files: Iterable[Path]) -> str:
    """Plain text from the document of metrics_DATE.json (`Metrics.document()`, or the file read
    back) and the files that the session leaves.
    """
    money = figures["pnl"]
    rows = [
        ("ended", f"{figures['state_at_end']} ({figures['exit_reason'] or 'no reason given'})"),
        ("trades", f"{figures['round_trips']} ({figures['winners']} won)"),
        ("net P&L", f"{_signed(money['net'])} (gross {_signed(money['gross'])})"),
        ("fees", f"${_cents(money['fees'])}"),
        ("orders", _orders(figures)),
        ("worst unprotected", f"{figures['max_unprotected_ms']:.0f} ms"),
        ("not traded", _named(_largest_first(figures["refusals"])) or "no refusals"),
        ("flattens", _flattens(figures["flattens"])),
        ("restarts", str(figures["restarts"])),
        ("promises broken", _broken(figures["violations"])),
        *(("file", str(path)) for path in files),
    ]
    return "\n".join(f"{name:<18} {words}" for name, words in rows)


def _cents(amount: Decimal | float) -> str:
    exact = Decimal(str(amount))
    return f"{exact:,.4f}" if exact != round(exact, 2) else f"{exact:,.2f}"


def _signed(amount: Decimal | float) -> str:
    exact = Decimal(str(amount))
    return f"{'-' if exact < 0 else '+'}${_cents(abs(exact))}"


def _orders(figures: Mapping[str, Any]) -> str:
    sent = _named(figures["orders"])
    return f"none sent, {figures['withheld']} withheld" if figures["observing"] else sent


def _named(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{count} {name}" for name, count in counts.items() if count)


def _largest_first(counts: Mapping[str, int]) -> dict[str, int]:
    return dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))


def _flattens(rows: list[dict[str, Any]]) -> str:
    if not rows:
        return "none"
    return "; ".join(f"{row['number']}: {row['reason']} ({_took(row)})" for row in rows)


def _took(row: Mapping[str, Any]) -> str:
    return f"flat after {row['took_ms']} ms" if row["ok"] else "NOT proven flat"


def _broken(counts: Mapping[str, int]) -> str:
    return _named(counts) or "none"
