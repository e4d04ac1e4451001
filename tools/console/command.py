"""What every tool says and asks: its common options, its exit codes, and the question before a
write.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import typer

from config.problems import SettingsError
from gateway.reading import ReadFailed
from gateway.session import AccountUnknown, AuthenticationFailed, ContractUnknown, VenueUnreachable
from gateway.wire import WireError

Url = Annotated[
    str | None,
    typer.Option(
        "--url", help="Address of a running simulator; default FAILFLAT_URL, then port 8765."
    ),
]
Live = Annotated[bool, typer.Option("--live", help="The real account of live_trading.yaml.")]
Account = Annotated[
    str | None,
    typer.Option("--account", help="Number or name; default: the settings', then the first."),
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask.")]
Contract = Annotated[
    str | None, typer.Option("--contract", help="Symbol or full id; default: the settings'.")
]


class Stopped(Exception):
    """The tool ends here: one line for the user and the exit code of docs/operations.md."""

    def __init__(self, text: str, code: int) -> None:
        super().__init__(text)
        self.code = code


@contextmanager
def refusals() -> Iterator[None]:
    """What may go wrong, as one line on standard error and the documented exit code."""
    try:
        yield
    except Stopped as stopped:
        words, code = str(stopped), stopped.code
    except SettingsError as error:
        words, code = str(error), 3
    except (AccountUnknown, ContractUnknown) as error:
        words, code = f"settings: {error}", 3
    except AuthenticationFailed as error:
        words, code = f"authentication: {error}", 4
    except VenueUnreachable as error:
        words, code = f"connection: {error}", 5
    except (ReadFailed, WireError) as error:
        words, code = f"connection: no usable answer ({error}): try again", 5
    else:
        return
    print(words, file=sys.stderr)
    raise typer.Exit(code)


def confirm(question: str, yes: bool, answer: str | None = None) -> None:
    """Ask before a write; `answer` has to be typed in full where it is given, else y will do.

    Raises Stopped unless it is.
    """
    if yes:
        return
    if not sys.stdin.isatty():
        raise Stopped(f"usage: {question} Add --yes: there is no terminal to ask on", 2)
    choice = "[y/N]" if answer is None else f"Type {answer} to go on:"
    print(f"{question} {choice} ", end="", file=sys.stderr, flush=True)
    typed = sys.stdin.readline().strip()
    if typed != answer and (answer is not None or typed.lower() not in ("y", "yes")):
        raise Stopped("check: nothing was sent", 7)
