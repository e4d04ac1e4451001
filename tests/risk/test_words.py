"""A denial explains itself; the table of denials is up to date."""

from pathlib import Path

import pytest

from actors.risk.rules import RULES, rules
from actors.risk.table import table
from actors.risk.words import Unit, amount, denial, dollars
from config.schema import Supervision, Watchdog
from messages.decision import Denial, Denied, SignalKind
from tests.risk.bench import api, risk, trading

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "denials.md"
REMAKE = "from actors.risk.table import table; print(table(), end='')"


def denied(code: Denial, used: int, limit: int, unit: str, needs: int = 0) -> str:
    return denial(Denied("MES", 0, SignalKind.LONG_ENTRY, code, used, limit, unit, needs))


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (
            denied(Denial.DAILY_LOSS, 482_000, 500_000, "USD/10000", 62_500),
            "DENIED daily_loss used=$48.20 limit=$50.00 left=$1.80 needs=$6.25",
        ),
        (
            denied(Denial.DAILY_LOSS, 510_000, 500_000, "USD/10000"),
            "DENIED daily_loss used=$51.00 limit=$50.00 left=$0.00",
        ),
        (
            denied(Denial.MIN_BALANCE, -12_500, 0, "USD/10000"),
            "DENIED min_balance balance=-$1.25 minimum=$0.00",
        ),
        (denied(Denial.COOLDOWN, 3200, 5000, "ms"), "DENIED cooldown used=3.2s limit=5s left=1.8s"),
        (denied(Denial.STALE_DATA, 2001, 2000, "ms"), "DENIED stale_data age=2.001s limit=2s"),
        (denied(Denial.SPREAD, 5, 4, "ticks"), "DENIED spread spread=5 limit=4 ticks"),
        (
            denied(Denial.SESSION, 492, 570, "minute of the day"),
            "DENIED session now=08:12 opens=09:30 New York",
        ),
        (
            denied(Denial.MAX_CONTRACTS, 2, 2, "contracts", 1),
            "DENIED max_contracts used=2 limit=2 needs=1 contracts",
        ),
        (denied(Denial.CANNOT_TRADE, 0, 0, ""), "DENIED cannot_trade"),
    ],
)
def test_a_denial_says_what_it_measured_and_what_is_left(written: str, expected: str) -> None:
    assert written == expected


def test_a_unit_that_is_none_of_ours_is_an_error() -> None:
    with pytest.raises(ValueError, match="parsecs"):
        denied(Denial.SPREAD, 1, 1, "parsecs")


def test_dollars_show_fractions_of_a_cent_rather_than_round_them() -> None:
    assert dollars(499_999) == "$49.9999"
    assert dollars(-100) == "-$0.01"
    assert dollars(0) == "$0.00"
    assert dollars(1_000_000_000) == "$100000.00"
    assert amount(545, Unit.CLOCK) == "09:05"


def test_every_code_has_one_rule() -> None:
    assert sorted(rule.code for rule in RULES) == sorted(Denial)
    assert tuple(type(rule) for rule in rules(risk(), trading(), None)) == RULES


def test_every_setting_that_a_rule_names_is_one() -> None:
    sections = {"api": api(), "risk": risk(), "trading": trading(), "watchdog": Watchdog()}
    sections["supervision"] = Supervision()
    named = [key for rule in RULES for key in rule.setting.split(", ") if key]
    assert named
    for key in named:
        section, name = key.split(".")
        assert hasattr(sections[section], name), key


def test_the_table_of_denials_is_up_to_date() -> None:
    command = f'python -c "{REMAKE}" > docs/denials.md'
    assert DOCUMENT.read_text("utf-8") == table(), f"make it again: {command}"
