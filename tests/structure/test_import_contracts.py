"""The contracts of setup.cfg hold in the tree, and each is broken by what it forbids."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LINT = "from importlinter.cli import lint_imports_command as lint; lint()"
HOUSE = (
    *("messages", "config", "gateway", "models", "tools", "actors", "actors.runtime"),
    *("actors.engine", "actors.hub", "actors.bar", "actors.model", "actors.supervision"),
)
ALLOWED = (
    ("config", "messages"),
    ("gateway", "config"),
    ("models", "messages"),
    ("actors.runtime", "config"),
    ("actors.hub", "actors.runtime"),
    ("actors.supervision", "actors.runtime"),
    ("actors.model", "models"),
    ("actors.engine", "actors.hub"),
    ("actors.engine", "models"),
    ("tools", "gateway"),
    ("tools", "actors.hub"),
    ("tools", "supervisor"),
)
FORBIDDEN = (
    ("messages", "config"),
    ("messages", "actors.runtime"),
    ("config", "gateway"),
    ("config", "models"),
    ("gateway", "models"),
    ("models", "gateway"),
    ("gateway", "actors.runtime"),
    ("models", "actors.model"),
    ("actors.runtime", "gateway"),
    ("actors.runtime", "actors.hub"),
    ("actors.runtime", "models"),
    ("actors.hub", "actors.bar"),
    ("actors.model", "actors.supervision"),
    ("actors.bar", "gateway"),
    ("actors.bar", "models"),
    ("actors.hub", "actors.engine"),
    ("actors.engine", "gateway"),
    ("actors.model", "gateway"),
    ("actors.hub", "tools"),
    ("gateway", "tools"),
    ("gateway", "supervisor"),
    ("actors.hub", "supervisor"),
    ("actors.hub", "tests"),
    ("tools", "tests"),
)


def lint(folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", LINT, "--no-cache", "--no-logo", "--config", "setup.cfg"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )


def build(folder: Path, imports: tuple[tuple[str, str], ...]) -> None:
    """A house of empty packages, in which the first of each pair imports the second."""
    for package in HOUSE:
        room = folder.joinpath(*package.split("."))
        room.mkdir(parents=True)
        (room / "__init__.py").touch()
    for importer, imported in imports:
        room = folder.joinpath(*importer.split("."))
        (room / f"uses_{imported.replace('.', '_')}.py").write_text(f"import {imported}\n")
    shutil.copy(ROOT / "setup.cfg", folder)


def test_the_tree_keeps_every_contract() -> None:
    done = lint(ROOT)
    assert done.returncode == 0, done.stdout + done.stderr


def test_what_the_rules_allow_breaks_no_contract(tmp_path: Path) -> None:
    build(tmp_path, ALLOWED)
    done = lint(tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(("importer", "imported"), FORBIDDEN)
def test_a_forbidden_import_breaks_a_contract(importer: str, imported: str, tmp_path: Path) -> None:
    build(tmp_path, ((importer, imported),))
    done = lint(tmp_path)
    assert done.returncode == 1
    assert f"{importer}.uses_{imported.replace('.', '_')} -> {imported}" in done.stdout


def test_a_room_that_no_contract_lists_is_told(tmp_path: Path) -> None:
    build(tmp_path, ())
    (tmp_path / "actors" / "pantry").mkdir()
    (tmp_path / "actors" / "pantry" / "__init__.py").touch()
    done = lint(tmp_path)
    assert done.returncode == 1
    assert "pantry" in done.stdout
