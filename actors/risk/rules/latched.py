"""Latches: no entry until what set one lifts it."""

from actors.risk.account import AccountState
from actors.risk.rules.rule import Breach, Entry, Rule
from actors.risk.words import Unit
from messages.base import Nanos
from messages.decision import Denial


class Latched(Rule):
    """While a flatten or an alarm holds the engine: until the rule that latched it, or a person,
    lifts the latch.
    """

    code = Denial.LATCHED
    unit = Unit.LATCHES

    def breach(self, account: AccountState, entry: Entry | None, now: Nanos) -> Breach | None:
        held = account.latched(self.code)
        return Breach(len(held), 0, detail="; ".join(held)) if held else None
