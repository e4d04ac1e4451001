"""docs/denials.md, made from the denial codes and their rules."""

from inspect import getdoc

from actors.risk.rules import RULES

_HEAD = """\
# Why an entry is refused

Made by `actors/risk/table.py` from the codes and their rules; a test compares. Of several broken
rules the first of this table speaks. Only entries are refused: exits, and the exit of a reversal,
never are.

A `Denied` message carries what the rule measured (`used`), its `limit`, and what the entry would
have needed of it (`needs`), in the unit given here; `USD/10000` is 1/10,000 dollar, `minute of the
day` is New York time. The log writes them as words:

    DENIED daily_loss used=$48.20 limit=$50.00 left=$1.80 needs=$6.25

`python -m tests.mutants` shows that every comparison, sign and fee of the rules, and of the books
that they read, is held by a test.

| code | an entry is refused | unit | setting |
|---|---|---|---|
"""


def table() -> str:
    """The text of docs/denials.md."""
    rows = []
    for rule in RULES:
        words = " ".join((getdoc(rule) or "").split())
        unit = rule.unit or "none"
        setting = ", ".join(f"`{key}`" for key in rule.setting.split(", ") if key) or "none"
        rows.append(f"| `{rule.code}` | {words[0].lower()}{words[1:]} | {unit} | {setting} |\n")
    return _HEAD + "".join(rows)
