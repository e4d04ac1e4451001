"""docs/checklists.md names tests that exist for each line of what is asked for from outside."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
DOCUMENT = ROOT / "docs" / "checklists.md"
LINES = {"Client": 11, "Simulator": 9, "Other engines": 28}
"""How many lines each checklist of the wire reference has, and how many mishaps were reported."""

_ROW = re.compile(r"\| (\d+) \|(.*)\|(.*)\|")
_FILE = re.compile(r"`(tests/[\w/]+\.py)`((?:\s*`\w+`,?)+)")
_NAME = re.compile(r"`(\w+)`")


@cache
def names_of(file: str) -> frozenset[str]:
    tree = ast.parse((ROOT / file).read_text("utf-8"))
    names = {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}
    return frozenset(name for name in names if name.startswith("test_"))


def rows(text: str, side: str) -> list[tuple[int, str]]:
    """(line, the cell that names its tests) of one side's table, in order."""
    section = text.split(f"## {side}\n", 1)[1].split("\n## ", 1)[0]
    return [(int(line), cell) for line, _, cell in _ROW.findall(section)]


def named(cell: str) -> list[tuple[str, str]]:
    """Every (file, test) of a cell: a file in backticks is followed by its tests."""
    return [(file, name) for file, tests in _FILE.findall(cell) for name in _NAME.findall(tests)]


@pytest.mark.parametrize("side", LINES)
def test_every_line_has_its_row(side: str) -> None:
    numbers = [line for line, _ in rows(DOCUMENT.read_text("utf-8"), side)]
    assert sorted(set(numbers)) == list(range(1, LINES[side] + 1))


@pytest.mark.parametrize("side", LINES)
def test_every_row_names_tests_that_exist(side: str) -> None:
    for line, cell in rows(DOCUMENT.read_text("utf-8"), side):
        tests = named(cell)
        assert tests, f"{side} {line} names no test"
        assert cell.count("`") == 2 * (len(tests) + len(_FILE.findall(cell))), cell
        missing = [f"{file}::{name}" for file, name in tests if name not in names_of(file)]
        assert not missing, f"{side} {line}: {missing}"
