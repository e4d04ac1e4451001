#!/usr/bin/env python3
"""From a fresh checkout to a running engine: makes .venv, installs what a command needs, starts it.

  python3 tools/bootstrap.py run [-- ARGS]    python supervisor.py ARGS, in the project's folder
  python3 tools/bootstrap.py test             ruff, mypy --strict, import rules and pytest, all of
                                              them even after one has failed
  python3 tools/bootstrap.py test --quick     ruff, import rules, the rooms' tests without the slow
                                              ones, and one virtual session: within a minute
  python3 tools/bootstrap.py test -- ARGS     pytest ARGS alone
  python3 tools/bootstrap.py setup            prepares .venv for both commands, starts nothing

The first start installs the versions pinned in constraints.txt, which takes a minute or two and
needs a network; later starts find the stamp in .venv and install nothing. Deleting .venv starts
afresh. Exit codes: that of the program started (for test of the first step that failed), 2 usage,
9 when .venv cannot be made, 130 after Ctrl-C.
"""

from __future__ import annotations

import os
import sys

# Python puts a script's folder first on sys.path, where our tools could shadow its own modules.
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:] = [entry for entry in sys.path if os.path.abspath(entry) != HERE]

import errno
import hashlib
import importlib
import re
import subprocess
import time
from contextlib import contextmanager
from pathlib import Path

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

ROOT = Path(__file__).resolve().parents[1]
VENV = ROOT / ".venv"
PYTHON = VENV / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
STAMP = VENV / "failflat.stamp"
LOCK = ROOT / ".venv.lock"
INPUTS = ("setup.cfg", "setup.py", "constraints.txt")

OLDEST, NEWEST = (3, 11), (3, 13)
TESTING = {"data", "test"}
EXTRAS = {"run": {"data"}, "test": TESTING, "test --quick": TESTING, "setup": TESTING}
USAGE, FILES, INTERRUPTED = 2, 9, 130

RULES = "tests/structure"
ROOMS = (
    "bar", "config", "gateway", "hub", "model", "models", "order", "position", "risk", "runtime",
    "session", "signal", "supervision", "watchdog", "wiring",
)  # fmt: skip
ONE_SESSION = "tests/simulation/test_planted.py::test_a_sound_engine_has_nothing_to_count"


class SetupError(Exception):
    """Why .venv cannot be made, in one line that says what to do."""


class InstallError(SetupError):
    """pip refused, in good order: what .venv holds may be built upon."""


def main(arguments: Sequence[str]) -> int:
    """The exit code of `bootstrap.py ARGUMENTS`."""
    command, rest = split(arguments)
    if command in ("-h", "--help"):
        print(__doc__)
        return 0
    if command not in EXTRAS or (command not in ("run", "test") and rest):
        say("usage: bootstrap.py {run|test|setup} [-- ARGS], or test --quick; --help tells more")
        return USAGE
    try:
        check_python(sys.version_info[:2])
        prepare(EXTRAS[command])
    except (SetupError, OSError) as problem:
        say(str(problem))
        return FILES
    if command == "run":
        return run(rest)
    return 0 if command == "setup" else test(rest, quick=command != "test")


def split(arguments: Sequence[str]) -> tuple[str, list[str]]:
    """The command and what stands after its `--`; no command where the line has another form."""
    command, rest = (arguments[0], list(arguments[1:])) if arguments else ("", [])
    if [command, *rest[:1]] == ["test", "--quick"]:
        command = " ".join((command, rest.pop(0)))
    if rest and rest.pop(0) != "--":
        return "", []
    return command, rest


def say(line: str) -> None:
    print(f"bootstrap: {line}", file=sys.stderr, flush=True)


def check_python(version: tuple[int, ...]) -> None:
    if not OLDEST <= version <= NEWEST:
        raise SetupError(
            "Python {}.{} cannot run this, 3.11 to 3.13 can: start again with, for example,"
            " python3.12 tools/bootstrap.py".format(*version)
        )


# The virtual environment


def prepare(needed: set[str]) -> None:
    """Makes .venv hold the project with the extras `needed`; does nothing where it does already."""
    if needed <= stamped():
        return
    with alone() as interrupted:
        if needed <= stamped():  # another start made it while this one waited
            return
        if interrupted or not made_by_this_python():
            make_venv()
        wanted = needed | extras_in_stamp()
        STAMP.unlink(missing_ok=True)
        install(wanted)
        fresh = STAMP.with_suffix(".new")
        fresh.write_text(" ".join([fingerprint(), *sorted(wanted)]), encoding="utf-8")
        os.replace(fresh, STAMP)


def fingerprint() -> str:
    """Of all that decides what an install puts into .venv, the extras apart."""
    digest = hashlib.sha256(repr((sys.version_info[:2], str(ROOT))).encode())
    for name in INPUTS:
        digest.update((ROOT / name).read_bytes())
    return digest.hexdigest()


def stamped() -> set[str]:
    """The extras that a finished install of exactly these inputs put into .venv."""
    words = stamp_words()
    return set(words[1:]) if words[:1] == [fingerprint()] and PYTHON.exists() else set()


def extras_in_stamp() -> set[str]:
    """Extras of the last finished install, of other inputs too: what someone had, they keep."""
    return set(stamp_words()[1:])


def stamp_words() -> list[str]:
    try:
        return STAMP.read_text(encoding="utf-8").split()
    except FileNotFoundError:
        return []


@contextmanager
def alone() -> Iterator[bool]:
    """Holds the lock of this checkout; yields whether the last holder was cut off in the middle.

    The lock file has content while someone installs; whoever is killed leaves it there.
    """
    with open(LOCK, "a+b") as file:
        wait_for(file.fileno())
        # So that pip keeps the lock if it outlives this process (POSIX).
        os.set_inheritable(file.fileno(), True)
        file.seek(0)
        interrupted = bool(file.read())
        file.truncate(0)
        file.write(b"installing\n")
        file.flush()
        try:
            yield interrupted
        except InstallError:
            file.truncate(0)
            raise
        file.truncate(0)


if sys.platform == "win32":

    def wait_for(descriptor: int) -> None:
        # Far beyond the content, which a locked region would make unreadable to others.
        os.lseek(descriptor, 1 << 20, os.SEEK_SET)
        while True:
            try:
                msvcrt.locking(descriptor, msvcrt.LK_LOCK, 1)
            except OSError as problem:
                if problem.errno != errno.EDEADLK:  # which tells of ten seconds without the lock
                    raise
                say("waiting for another bootstrap to finish")
            else:
                return

else:

    def wait_for(descriptor: int) -> None:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("waiting for another bootstrap to finish")
            fcntl.flock(descriptor, fcntl.LOCK_EX)


def made_by_this_python() -> bool:
    """Whether a .venv stands there that this Python's minor version made."""
    if not PYTHON.exists():
        return False
    text = (VENV / "pyvenv.cfg").read_text(encoding="utf-8")
    version = re.search(r"^version(?:_info)?\s*=\s*(\d+)\.(\d+)", text, re.MULTILINE)
    return version is not None and tuple(map(int, version.groups())) == sys.version_info[:2]


def make_venv() -> None:
    for module in ("venv", "ensurepip"):
        try:
            importlib.import_module(module)
        except ImportError as problem:
            raise SetupError(
                f"this Python lacks {module}: install it, on Debian or Ubuntu with"
                " sudo apt install python{}.{}-venv".format(*sys.version_info)
            ) from problem
    say(f"making {VENV}")
    # The base interpreter: run by .venv's own Python, it would remove the ground it stands on.
    base = str(getattr(sys, "_base_executable", sys.executable))
    if not succeeds([base, "-m", "venv", "--clear", str(VENV)]):
        raise SetupError("making .venv failed, as told above: mend that and start again")


def install(extras: set[str]) -> None:
    say("installing what constraints.txt pins (a minute or two the first time)")
    pip = [str(PYTHON), "-m", "pip", "install", "--no-input", "--disable-pip-version-check"]
    pinned = [*pip, "--only-binary", ":all:", "--constraint", "constraints.txt"]
    # Without build isolation, which would fetch another setuptools than the pinned one.
    project = ["--use-pep517", "--no-build-isolation", "-e", f".[{','.join(sorted(extras))}]"]
    if not (succeeds([*pinned, "setuptools"]) and succeeds([*pinned, *project])):
        raise InstallError("installing failed, as told above: mend that and start again")


def succeeds(command: list[str]) -> bool:
    """Runs a step of the preparation; it writes to stderr, as stdout is for what is started."""
    done = subprocess.run(command, cwd=ROOT, stdout=sys.stderr, close_fds=False, check=False)
    return done.returncode == 0


# The commands


def run(arguments: Sequence[str]) -> int:
    command = [str(PYTHON), str(ROOT / "supervisor.py"), *arguments]
    if sys.platform != "win32":  # where exec would return to the shell at once
        os.chdir(ROOT)
        os.execv(command[0], command)
    return attend(command)[0]


def attend(command: Sequence[str]) -> tuple[int, bool]:
    """Runs a child to its own end; returns its exit code and whether Ctrl-C came meanwhile.

    A terminal gives Ctrl-C to the child too, so it is neither passed on nor followed by a kill.
    """
    child = subprocess.Popen(command, cwd=ROOT)
    interrupted = False
    while True:
        try:
            code = child.wait()
        except KeyboardInterrupt:
            interrupted = True
        else:
            return code if code >= 0 else 128 - code, interrupted


def test(arguments: Sequence[str], *, quick: bool) -> int:
    # Without it every worker would compile every test anew: eight seconds of a core, each time.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    if arguments:
        return attend([str(PYTHON), "-m", "pytest", *arguments])[0]
    return in_turn(quick_steps() if quick else steps())


def steps() -> dict[str, list[str]]:
    """What `test` does, by title. Whole sessions mostly wait, so four run at a time, away from what
    keeps a core busy; what is measured runs alone (docs/decisions/0019, 0021).
    """
    python = str(PYTHON)
    pytest = [python, "-m", "pytest"]
    rest = [f"--ignore={RULES}", "-m", "not realtime and not alone"]
    return {
        "ruff": [python, "-m", "ruff", "check", "."],
        "mypy --strict": [python, "-m", "mypy"],
        "import rules": [*pytest, "-q", RULES],
        "pytest": [*pytest, *workers(2), *rest],
        "pytest in real time": [*pytest, *workers(4), "-m", "realtime", *marked("realtime")],
        "pytest of measures": [*pytest, "-m", "alone", *marked("alone")],
    }


def quick_steps() -> dict[str, list[str]]:
    """What `test --quick` does, by title: the rooms, how they hang together, and one session."""
    python = str(PYTHON)
    pytest = [python, "-m", "pytest"]
    chosen = [*(f"tests/{room}" for room in ROOMS), ONE_SESSION]
    return {
        "ruff": [python, "-m", "ruff", "check", "."],
        "import rules": [*pytest, "-q", RULES],
        "rooms": [*pytest, *workers(2), "-m", "not slow and not realtime and not alone", *chosen],
    }


def workers(count: int) -> list[str]:
    """A file stays on one worker, which makes its fixtures once. Files begin in the order in which
    they are collected, so that the last ones are short.
    """
    return ["-n", str(count), "--dist", "loadfile", "--no-loadscope-reorder"]


def marked(name: str) -> list[str]:
    """The files with tests of a marker: to collect all files takes longer than to search them."""
    files = sorted((ROOT / "tests").rglob("test_*.py"))
    found = [file for file in files if f"mark.{name}" in file.read_text(encoding="utf-8")]
    return [file.relative_to(ROOT).as_posix() for file in found]


def in_turn(commands: dict[str, list[str]]) -> int:
    """Runs all commands, failures or not; returns the exit code of the first that failed."""
    results = []
    for title, command in commands.items():
        print(f"\n== {title}", flush=True)
        begun = time.monotonic()
        code, interrupted = attend(command)
        if interrupted:
            return INTERRUPTED
        results.append((title, code, time.monotonic() - begun))
    print()
    for title, code, seconds in results:
        print(f"{title:<20} {seconds:6.1f} s   {'ok' if code == 0 else f'FAILED ({code})'}")
    return next((code for _, code, _ in results if code != 0), 0)


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
