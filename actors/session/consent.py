"""A person's word before real money is traded: the account's name, typed."""

from collections.abc import Iterable
from typing import TextIO


class Withheld(Exception):
    """The name was not given, or not this one. The text is one line for the user."""


def consent(
    name: str, given: str | None, told: Iterable[str], answers: TextIO, terminal: TextIO
) -> None:
    """Nothing if `given` (--confirm) is the account's name, or what is typed at the terminal after
    `told` has been shown there. Raises Withheld.
    """
    if given is None:
        if not (answers.isatty() and terminal.isatty()):
            words = "without a terminal a live account is traded only with --confirm"
            raise Withheld(f"usage: {words} and the account's name ({name})")
        for line in told:
            terminal.write(f"RISK: {line}\n")
        terminal.write("LIVE: type the account's name to trade it: ")
        terminal.flush()
        try:
            given = answers.readline()
        except KeyboardInterrupt:
            raise Withheld("usage: interrupted before a name was typed: not started") from None
    if given.strip() != name:
        raise Withheld(f"usage: '{given.strip()}' is not the account's name ({name}): not started")
