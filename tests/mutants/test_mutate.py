"""The changes that are tried are those that are meant, one at a time."""

import ast

import pytest

from tests.mutants.__main__ import ROOT, TESTS, files, name
from tests.mutants.equivalent import EQUIVALENT
from tests.mutants.mutate import mutants


def changes(source: str) -> list[str]:
    return [mutant.what for mutant in mutants(source)]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("a < b", ["a < b -> a <= b"]),
        ("a >= b", ["a >= b -> a > b"]),
        ("a == b", ["a == b -> a != b"]),
        ("a is None", ["a is None -> a is not None"]),
        ("a in b", ["a in b -> a not in b"]),
        ("a < b <= c", ["a < b <= c -> a <= b <= c", "a < b <= c -> a < b < c"]),
        ("-a", ["-a -> a"]),
        ("not a", ["not a -> a"]),
        ("a - b", ["a - b -> a + b"]),
        ("a * b", ["a * b -> a // b"]),
        ("a -= b", ["a -= b -> a += b"]),
        ("a or b", ["a or b -> a and b"]),
        ("min(a, b)", ["min(a, b) -> max(a, b)"]),
        ("abs(a)", ["abs(a) -> a"]),
        ("a - b.fees", ["a - b.fees -> a + b.fees", "a - b.fees -> a"]),
        ("x.fees += f", ["x.fees += f -> x.fees -= f", "x.fees += f -> pass"]),
        ("f(a, b)", []),
    ],
)
def test_each_kind_of_change_is_tried(source: str, expected: list[str]) -> None:
    assert changes(source) == expected


def test_a_mutant_is_the_whole_module_with_one_thing_changed() -> None:
    source = "class C:\n    def f(self, a):\n        return a < 1 and a > 0\n"
    found = list(mutants(source))
    assert [m.source.splitlines()[-1].strip() for m in found] == [
        "return a < 1 or a > 0",
        "return a <= 1 and a > 0",
        "return a < 1 and a >= 0",
    ]
    assert {(m.line, m.where) for m in found} == {(3, "C.f")}
    for mutant in found:
        ast.parse(mutant.source)


def test_every_file_of_the_table_is_there_and_has_tests() -> None:
    for place, tests in TESTS.items():
        assert (ROOT / place).exists(), place
        assert all((ROOT / test).exists() for test in tests)
    assert len(files([])) > 30


def test_every_change_that_is_called_without_effect_exists() -> None:
    known = {
        name(file, mutant)
        for file in files([])
        for mutant in mutants((ROOT / file).read_text(encoding="utf-8"))
    }
    assert set(EQUIVALENT) <= known, set(EQUIVALENT) - known
