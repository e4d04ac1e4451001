"""A tool's command line: each command is a function from a desk to its answer."""

import inspect
import sys
from collections.abc import Callable
from typing import Any, Concatenate, ParamSpec, TypeAlias

import typer

from tools.console import command
from tools.console.command import Stopped
from tools.console.desk import Desk, opened
from tools.console.printing import Answer, show

P = ParamSpec("P")
Command: TypeAlias = Callable[Concatenate[Desk, P], Answer]

_USAGE: type[Any] = typer.BadParameter.__mro__[1]
"""click's UsageError, wherever this version of typer keeps it."""


def _option(name: str, annotation: object, default: object) -> inspect.Parameter:
    kind = inspect.Parameter.KEYWORD_ONLY
    return inspect.Parameter(name, kind, default=default, annotation=annotation)


_SHARED = (
    _option("account", command.Account, None),
    _option("url", command.Url, None),
    _option("live", command.Live, False),
    _option("yes", command.Yes, False),
    _option("json", command.Json, False),
)


class Tool(typer.Typer):
    """`python -m tools.NAME`: commands, or with `single` the one command without a name."""

    def __init__(self, name: str, help_: str, single: bool = False) -> None:
        super().__init__(add_completion=False, pretty_exceptions_enable=False, help=help_)
        self._name = f"python -m tools.{name}"
        if not single:
            self.callback()(_commands)

    def does(
        self, name: str | None = None, *, account: bool = True, writes: bool = False
    ) -> Callable[[Command[P]], Command[P]]:
        """Make a function a command. It is called with a logged-in desk and its own options; the
        options that all commands share are added, and its answer is shown.
        """
        left_out = ([] if account else ["account"]) + ([] if writes else ["yes"])
        shared = [each for each in _SHARED if each.name not in left_out]

        def register(function: Command[P]) -> Command[P]:
            own = list(inspect.signature(function).parameters.values())[1:]
            answering: Callable[..., Answer] = function

            def run(url: str | None, live: bool, json: bool, **given: Any) -> None:
                wanted, yes = given.pop("account", None), given.pop("yes", False)
                with opened(url, live, wanted, yes) as desk:
                    answer = answering(desk, **given)
                    show(answer, json)
                    if answer.failed:
                        raise Stopped(f"check: {answer.failed}", 7)

            parameters = [*own, *shared]
            run.__doc__ = function.__doc__
            run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]  # typer's
            run.__annotations__ = {each.name: each.annotation for each in parameters}
            self.command(name or function.__name__)(run)
            return function

        return register

    def __call__(self, *arguments: Any, **options: Any) -> Any:
        """Run it and exit; a mistake in the command line is one line too."""
        options = {"prog_name": self._name, **options, "standalone_mode": False}
        try:
            code = super().__call__(*arguments, **options)
        except _USAGE as mistake:
            words = " ".join(mistake.format_message().split()).rstrip(".")
            path = mistake.ctx.command_path if mistake.ctx else self._name
            print(f"usage: {words}: see {path} --help", file=sys.stderr)
            code = 2
        sys.exit(code or 0)


def _commands() -> None:
    """With a callback a command keeps its name even where it is the only one."""
