"""python -m tests.mutants [FILE ...]: is every comparison, sign and fee of risk, of the books and
of what guards the requests and the cover held by a test?

Each small wrong change of each file, one after the other, in a copy of the project: its tests must
fail. Prints the changes that no test notices; exit code 7 where there is one that
tests/mutants/equivalent.py does not explain. Takes one core for some minutes.
"""

import ast
import os
import resource
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import hypothesis.strategies
import msgspec.json  # noqa: F401 - loaded once, for every child
import pydantic  # noqa: F401
import pytest
import yaml  # noqa: F401

from tests.mutants.equivalent import EQUIVALENT
from tests.mutants.mutate import Mutant, mutants

ROOT = Path(__file__).resolve().parents[2]
CPU_S = 30
"""A change may make a loop endless."""

_HOURS = (
    "tests/risk/test_hours.py",
    "tests/config/test_calendar_boundaries.py",
    "tests/config/test_trade_date.py",
    "tests/config/test_session_calendar.py",
    "tests/config/test_exchange_hours.py",
)
TESTS: dict[str, tuple[str, ...]] = {
    "actors/risk": ("tests/risk",),
    "actors/order/fsm.py": ("tests/order/test_fsm.py",),
    "actors/position/book.py": ("tests/position",),
    "actors/position/tally.py": ("tests/position",),
    "actors/position/holdings.py": ("tests/position",),
    "actors/watchdog": ("tests/watchdog",),
    "config/blackouts.py": ("tests/risk/test_news.py",),
    "config/calendar.py": _HOURS,
    "config/hours.py": _HOURS,
    "gateway/limiter.py": ("tests/gateway/test_limiter.py",),
    "gateway/token.py": ("tests/gateway/test_token.py",),
}
"""Which tests hold which files."""

_OURS = ("tests", "actors", "config", "gateway")
_LOADED = "ignore::pytest.PytestAssertRewriteWarning"
_OPTIONS = ("-x", "-q", "-p", "no:cacheprovider", "-W", _LOADED)


def files(chosen: Sequence[str]) -> list[str]:
    """Every file of the table, or those named."""
    every: list[str] = []
    for place in TESTS:
        path = ROOT / place
        found = sorted(path.rglob("*.py")) if path.is_dir() else [path]
        every += [one.relative_to(ROOT).as_posix() for one in found]
    return [file for file in every if not chosen or any(file.startswith(c) for c in chosen)]


def tests_of(file: str) -> tuple[str, ...]:
    return next(tests for place, tests in TESTS.items() if file.startswith(place))


def passes(tests: Sequence[str]) -> bool:
    """Whether the tests pass in the working directory, in a process that starts with the libraries
    loaded and nothing of the project.
    """
    child = os.fork()
    if child == 0:
        code = 1
        try:
            resource.setrlimit(resource.RLIMIT_CPU, (CPU_S, CPU_S))
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, 1)
            os.dup2(nowhere, 2)
            code = pytest.main([*_OPTIONS, *tests])
        finally:
            os._exit(code)
    _, status = os.waitpid(child, 0)
    return status == 0


def survivors(file: str, source: str, tests: Sequence[str]) -> tuple[int, list[Mutant]]:
    """How many changes were tried, and those that no test noticed."""
    path = Path(file)
    found = list(mutants(source))
    alive = []
    for mutant in found:
        path.write_text(mutant.source, encoding="utf-8")
        if passes(tests):
            alive.append(mutant)
    path.write_text(ast.unparse(ast.parse(source)), encoding="utf-8")
    return len(found), alive


def name(file: str, mutant: Mutant) -> str:
    return f"{file}: {mutant.where}: {mutant.what}"


def copied(folder: str) -> None:
    """The project's tracked and new files, as they are now."""
    listing = ("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard")
    names = subprocess.run(listing, cwd=ROOT, capture_output=True, check=True).stdout
    for each in names.decode().split("\0"):
        if each and (ROOT / each).is_file():
            target = Path(folder, each)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / each, target)


def main(chosen: Sequence[str]) -> int:
    wanted = files(chosen)
    tried, unexplained, explained = 0, 0, set()
    with tempfile.TemporaryDirectory() as folder:
        copied(folder)
        os.chdir(folder)
        # In the copy, not in the project; no bytecode, whose stamps are too coarse for this.
        sys.path[:] = [folder, *(p for p in sys.path if p not in ("", str(ROOT)))]
        sys.dont_write_bytecode = True
        for loaded in [m for m in sys.modules if m.split(".")[0] in _OURS]:
            del sys.modules[loaded]
        quick = hypothesis.settings(deadline=None, derandomize=True, database=None)
        hypothesis.settings.register_profile("mutants", quick)
        hypothesis.settings.load_profile("mutants")
        sources = {file: Path(file).read_text(encoding="utf-8") for file in wanted}
        for file, source in sources.items():  # as a change is written, but without one
            Path(file).write_text(ast.unparse(ast.parse(source)), encoding="utf-8")
        for tests in {tests_of(file) for file in wanted}:
            if not passes(tests):
                print(f"check: {' '.join(tests)} fail as they are")
                return 7
        for file in wanted:
            count, alive = survivors(file, sources[file], tests_of(file))
            tried += count
            for mutant in alive:
                if (key := name(file, mutant)) in EQUIVALENT:
                    explained.add(key)
                    continue
                unexplained += 1
                print(f"{file}:{mutant.line}: {mutant.where}: {mutant.what}", flush=True)
            print(f"  {file}: {count} changes, {count - len(alive)} noticed", flush=True)
    print(f"{tried} changes, {unexplained} unnoticed, {len(explained)} without effect")
    for key in sorted(EQUIVALENT):
        if key not in explained and any(key.startswith(f"{file}: ") for file in wanted):
            print(f"not a survivor any more: {key}")
    return 7 if unexplained else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
