"""Installs by the bootstrap, with the real pip, of a project without dependencies."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from tests.setup.conftest import Project, Start

pytestmark = [
    pytest.mark.slow,
    pytest.mark.usefixtures("offline"),
    pytest.mark.skipif(sys.platform == "win32", reason="Windows has no process groups"),
]


def test_starts_after_a_killed_install_make_venv_anew_and_only_once(
    unstamped: "Project", start: "Start"
) -> None:
    killed = start(unstamped.command("run"), unstamped.root, HANG="1")
    wait_for(unstamped.root / "hanging", killed)
    killed.kill()
    killed.wait()
    assert not unstamped.stamp.exists()
    leftover = unstamped.root / ".venv" / "leftover"
    leftover.touch()

    both = [start(unstamped.command("run"), unstamped.root) for _ in range(2)]
    for process in both:
        assert process.stderr is not None
        assert "waiting" in process.stderr.readline()  # as pip has outlived the bootstrap
    os.killpg(killed.pid, signal.SIGKILL)
    errors = [process.communicate()[1] for process in both]
    assert [process.returncode for process in both] == [0, 0], errors
    assert sum("bootstrap: making" in text for text in errors) == 1
    assert sum("bootstrap: installing" in text for text in errors) == 1
    assert not leftover.exists()

    third = unstamped.call("run", EXIT="3")
    assert (third.returncode, third.stderr) == (3, "")  # it finds the stamp


def wait_for(path: Path, process: "subprocess.Popen[str]") -> None:
    deadline = time.monotonic() + 250
    while not path.exists():
        assert process.poll() is None, "the install ended before it was cut off"
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_a_refusal_by_pip_leaves_what_is_installed(unstamped: "Project") -> None:
    """So that whoever edits constraints.txt without a network can go back."""
    good = (unstamped.root / "setup.cfg").read_text()
    (unstamped.root / "setup.cfg").write_text(good.replace("data =", "data = no such thing"))
    refused = unstamped.call("run")
    assert refused.returncode == 9
    assert refused.stderr.splitlines()[-1].startswith("bootstrap: installing failed")
    assert not unstamped.stamp.exists()
    leftover = unstamped.root / ".venv" / "leftover"
    leftover.touch()

    (unstamped.root / "setup.cfg").write_text(good)
    unstamped.stamp.write_text("other-inputs data test")
    assert unstamped.call("run").returncode == 0
    assert leftover.exists()
    assert unstamped.stamp.read_text().split()[1:] == ["data", "test"]  # nobody loses an extra
