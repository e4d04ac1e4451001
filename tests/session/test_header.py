"""The trace says what the session ran on."""

import subprocess
from pathlib import Path

from actors.session.header import header


def git(folder: Path, *words: str) -> str:
    names = ("-c", "user.name=a", "-c", "user.email=a@b.example")
    done = subprocess.run(
        ["git", *names, *words], cwd=folder, capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


def test_the_commit_is_named_and_marked_where_files_differ(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")
    (tmp_path / "file").write_text("one")
    git(tmp_path, "add", "file")
    git(tmp_path, "commit", "-qm", "one")
    commit = git(tmp_path, "rev-parse", "HEAD")
    assert header(tmp_path, {})["commit"] == commit
    (tmp_path / "file").write_text("two")
    assert header(tmp_path, {})["commit"] == f"{commit}+"


def test_outside_a_checkout_there_is_no_commit(tmp_path: Path) -> None:
    made = header(tmp_path, {"seed": 7})
    assert (made["commit"], made["seed"]) == ("", 7)
    assert made["versions"]["pykka"] == "4.5.0"
