"""Import rules of the files that import-linter's graph of packages does not cover.

The simulator is among them because it may import itself but none of its siblings in tools.
"""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
OURS = {
    *("actors", "config", "failflat", "gateway", "messages", "models"),
    *("supervisor", "tests", "tools"),
}
ROOMS = {"actors", "config", "gateway", "messages", "models"}

Allowed = frozenset[str]
MAY_IMPORT: dict[str, Allowed] = {
    "supervisor.py": frozenset(ROOMS),
    "tools/simulator": frozenset({"tools.simulator"}),
    "tools/bootstrap.py": frozenset(),
    "tests/oracle.py": frozenset(),
}


def imports(source: str, package: tuple[str, ...]) -> Iterator[str]:
    """Dotted names that the source imports, at any depth, relative ones resolved in `package`."""
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Import(names=names):
                yield from (alias.name for alias in names)
            case ast.ImportFrom(module=module, names=names, level=level):
                base = package[: len(package) - level + 1] if level else ()
                origin = ".".join([*base, *([module] if module else [])])
                yield from (f"{origin}.{alias.name}" for alias in names)
            case ast.Call(
                func=ast.Name(id="import_module" | "__import__")
                | ast.Attribute(attr="import_module"),
                args=[ast.Constant(value=str(name)), *_],
            ):
                yield name
            case _:
                pass


def offences(source: str, package: tuple[str, ...], allowed: Allowed) -> list[str]:
    """The imports from our own tree that lie outside `allowed`."""
    return [
        name
        for name in imports(source, package)
        if name.split(".")[0] in OURS
        and not any(f"{name}.".startswith(f"{prefix}.") for prefix in allowed)
    ]


@pytest.mark.parametrize("place", MAY_IMPORT)
def test_imports_of_ours_stay_within_the_rule(place: str) -> None:
    path = ROOT / place
    files = sorted(path.rglob("*.py")) if path.is_dir() else [path]
    found = {
        str(file.relative_to(ROOT)): outside
        for file in files
        if (outside := offences(file.read_text("utf-8"), package_of(file), MAY_IMPORT[place]))
    }
    assert files
    assert not found


def package_of(file: Path) -> tuple[str, ...]:
    return file.relative_to(ROOT).parent.parts


@pytest.mark.parametrize(
    "line",
    [
        "import tools.simulator",
        "from tools import simulator",
        "import tests.oracle as oracle",
        "def late() -> None:\n    from tools.simulator.venue import Venue",
        "import importlib\nimportlib.import_module('tools.train')",
    ],
)
def test_the_supervisor_may_not_import_tools_or_tests(line: str) -> None:
    assert offences(line, (), MAY_IMPORT["supervisor.py"])


@pytest.mark.parametrize(
    "line",
    [
        "import messages",
        "from gateway.wire import Quote",
        "from tools import train",
        "from ..train import main",
        "from .. import train",
        "__import__('actors.bar')",
    ],
)
def test_the_simulator_may_import_only_itself(line: str) -> None:
    assert offences(line, ("tools", "simulator"), MAY_IMPORT["tools/simulator"])


@pytest.mark.parametrize(
    "line",
    [
        "from . import book",
        "from .book import Book",
        "from tools.simulator import book",
        "import tools.simulator.book",
        "import msgspec",
    ],
)
def test_the_simulator_imports_itself_and_libraries_freely(line: str) -> None:
    assert not offences(line, ("tools", "simulator"), MAY_IMPORT["tools/simulator"])


def test_the_bootstrap_imports_the_standard_library_alone() -> None:
    source = (ROOT / "tools" / "bootstrap.py").read_text("utf-8")
    tops = {name.split(".")[0] for name in imports(source, ("tools",))}
    assert tops <= sys.stdlib_module_names
