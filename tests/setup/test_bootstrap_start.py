"""Starts that find .venv prepared, and starts that cannot go on."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tools import bootstrap

if TYPE_CHECKING:
    from tests.setup.conftest import Project, Start

posix_only = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no process groups")

WAITS_FOR_CTRL_C = """
import signal, sys, time
caught = []
signal.signal(signal.SIGINT, lambda *_: caught.append(1))
print("ready", flush=True)
while not caught:
    time.sleep(0.01)
time.sleep(0.5)  # in which the bootstrap might pass on a second one, or kill
sys.exit(40 + len(caught))
"""


def test_run_starts_the_supervisor_inside_in_the_projects_folder(prepared: "Project") -> None:
    done = prepared.call("run", "--", "--seed", "a b", "--", "")
    told = json.loads(done.stdout)
    assert told["argv"] == ["--seed", "a b", "--", ""]
    assert told["cwd"] == str(prepared.root)
    assert told["prefix"] == str(prepared.root / ".venv")
    assert told["path"][0] == str(prepared.root)
    assert str(prepared.root / "tools") not in told["path"]
    assert (done.returncode, done.stderr) == (0, "")


def test_a_tool_named_like_a_standard_module_is_not_mistaken_for_it(prepared: "Project") -> None:
    (prepared.root / "tools" / "subprocess.py").write_text("raise SystemExit('shadowed')\n")
    assert prepared.call("run").returncode == 0


def test_the_exit_code_is_the_supervisors(prepared: "Project") -> None:
    assert prepared.call("run", EXIT="6").returncode == 6


@posix_only
def test_ctrl_c_reaches_the_supervisor_once_and_its_exit_code_counts(
    prepared: "Project", start: "Start"
) -> None:
    (prepared.root / "supervisor.py").write_text(WAITS_FOR_CTRL_C)
    process = start(prepared.command("run"), prepared.root.parent)
    assert press_ctrl_c_when_ready(process) == 41


@posix_only
def test_a_child_attended_ends_itself_after_ctrl_c(tmp_path: Path, start: "Start") -> None:
    child = tmp_path / "child.py"
    child.write_text(WAITS_FOR_CTRL_C)
    attend = (
        "import sys; from tools.bootstrap import attend;"
        f"code, interrupted = attend([sys.executable, {str(child)!r}]);"
        "sys.exit(code if interrupted else 99)"
    )
    process = start([sys.executable, "-c", attend], bootstrap.ROOT)
    assert press_ctrl_c_when_ready(process) == 41


def press_ctrl_c_when_ready(process: "subprocess.Popen[str]") -> int:
    """What a terminal does: the whole group gets the signal. Returns the exit code."""
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    os.killpg(process.pid, signal.SIGINT)
    return process.wait()


@pytest.mark.parametrize("name", ["setup.cfg", "setup.py", "constraints.txt"])
def test_another_content_of_an_input_unmakes_the_stamp(name: str, prepared: "Project") -> None:
    with (prepared.root / name).open("a") as file:
        file.write("\n# changed\n")
    done = prepared.call("run")
    assert "bootstrap: installing" in done.stderr
    assert done.returncode == 9  # this .venv has no pip
    assert not prepared.stamp.exists()


def test_an_extra_that_is_not_installed_yet_unmakes_the_stamp(prepared: "Project") -> None:
    assert "bootstrap: installing" in prepared.call("test").stderr


def test_a_project_moved_elsewhere_is_installed_again(prepared: "Project") -> None:
    moved = type(prepared)(prepared.root.rename(prepared.root.with_name("moved")))
    assert "bootstrap: installing" in moved.call("run").stderr


def test_a_missing_ensurepip_names_the_system_package(project: "Project", tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text("import sys; sys.modules['ensurepip'] = None")
    done = project.call("run", PYTHONPATH=str(tmp_path))
    version = f"{sys.version_info[0]}.{sys.version_info[1]}"
    assert f"sudo apt install python{version}-venv" in done.stderr
    assert done.stderr.count("\n") == 1
    assert done.returncode == 9


@pytest.mark.parametrize("version", [(3, 10), (3, 14), (2, 7)])
def test_an_unsupported_python_is_refused_by_its_version(version: tuple[int, int]) -> None:
    with pytest.raises(bootstrap.SetupError, match=r"3\.11 to 3\.13"):
        bootstrap.check_python(version)


@pytest.mark.parametrize("version", [(3, 11), (3, 12), (3, 13)])
def test_a_supported_python_is_accepted(version: tuple[int, int]) -> None:
    bootstrap.check_python(version)


@pytest.mark.parametrize("line", [(), ("walk",), ("run", "--seed", "1"), ("setup", "--", "x"),
                                  ("run", "--quick"), ("test", "--quick", "--", "x")])  # fmt: skip
def test_a_wrong_command_line_gets_the_usage(line: tuple[str, ...], project: "Project") -> None:
    done = project.call(*line)
    assert done.returncode == 2
    assert done.stderr.startswith("bootstrap: usage:")
    assert not (project.root / ".venv").exists()


def test_every_step_is_run_and_the_first_failure_is_the_exit_code(
    capfd: pytest.CaptureFixture[str],
) -> None:
    def step(text: str, code: int) -> list[str]:
        return [sys.executable, "-c", f"print({text!r}); raise SystemExit({code})"]

    steps = {"one": step("first", 0), "two": step("second", 4), "three": step("third", 5)}
    assert bootstrap.in_turn(steps) == 4
    told = capfd.readouterr().out
    assert all(text in told for text in ("first", "second", "third", "FAILED (4)", "FAILED (5)"))


def test_all_steps_well_is_success(capfd: pytest.CaptureFixture[str]) -> None:
    assert bootstrap.in_turn({"one": [sys.executable, "-c", ""]}) == 0
    assert "ok" in capfd.readouterr().out


@pytest.mark.parametrize(
    ("line", "begun"), [("test", "mypy"), ("test --quick", "rooms"), ("test -- a b", "")]
)
def test_what_is_begun_by_a_command(line: str, begun: str, monkeypatch: pytest.MonkeyPatch) -> None:
    heard: list[str] = []

    def in_turn(steps: dict[str, list[str]]) -> int:
        heard.extend(steps)
        return 0

    def attend(command: list[str]) -> tuple[int, bool]:
        heard.extend(command[-2:])
        return 0, False

    for name, stand_in in (("in_turn", in_turn), ("attend", attend)):
        monkeypatch.setattr(bootstrap, name, stand_in)
    monkeypatch.setattr(bootstrap, "prepare", lambda _: None)
    assert bootstrap.main(line.split()) == 0
    assert heard == ["a", "b"] if not begun else any(begun in title for title in heard)
    assert ("rooms" in heard) is (begun == "rooms")


def test_files_are_found_by_their_marker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    room = tmp_path / "tests" / "room"
    room.mkdir(parents=True)
    for name, line in (("one", "pytestmark = pytest.mark.alone"), ("two", "pytest.mark.slow")):
        (room / f"test_{name}.py").write_text(line)
    monkeypatch.setattr(bootstrap, "ROOT", tmp_path)
    assert bootstrap.marked("alone") == ["tests/room/test_one.py"]


def test_no_step_names_what_is_not_there() -> None:
    for commands in (bootstrap.steps(), bootstrap.quick_steps()):
        words = [word.removeprefix("--ignore=") for line in commands.values() for word in line]
        named = [word.partition("::") for word in words if word.startswith("tests/")]
        assert len(named) > 3
        for path, _, test in named:
            found = bootstrap.ROOT / path
            assert found.exists()
            assert not test or f"def {test}(" in found.read_text("utf-8")


def test_tests_are_compiled_once_whatever_the_environment_says(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    asked = [sys.executable, "-c", "import sys; sys.exit(sys.dont_write_bytecode)"]
    monkeypatch.setattr(bootstrap, "steps", lambda: {"asked": asked})
    assert bootstrap.test([], quick=False) == 0


@pytest.mark.alone
def test_a_prepared_start_costs_less_than_300_ms(prepared: "Project") -> None:
    direct = [str(prepared.python), str(prepared.root / "supervisor.py")]

    def best_of_five(command: list[str]) -> float:
        return min(seconds(command) for _ in range(5))

    assert best_of_five(prepared.command("run")) - best_of_five(direct) < 0.3


def seconds(command: list[str]) -> float:
    begun = time.perf_counter()
    subprocess.run(command, stdout=subprocess.DEVNULL, check=True)
    return time.perf_counter() - begun
