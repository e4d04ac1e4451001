"""Small projects around a copy of tools/bootstrap.py: no dependencies, everything else is real."""

import importlib.metadata
import os
import shutil
import signal
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

BOOTSTRAP = Path(__file__).resolve().parents[2] / "tools" / "bootstrap.py"
SETUP_CFG = """
[metadata]
name = small
version = 0
[options]
packages =
[options.extras_require]
data =
test =
"""
# Tells its pid and hangs when a test asks for an install to be cut off.
SETUP_PY = """
import os, pathlib, setuptools, time
told = pathlib.Path("hanging")
if "HANG" in os.environ:
    told.with_suffix(".new").write_text(str(os.getpid()))
    told.with_suffix(".new").rename(told)
    time.sleep(600)
setuptools.setup()
"""
SUPERVISOR = """
import json, os, sys
told = {"argv": sys.argv[1:], "path": sys.path, "cwd": os.getcwd(), "prefix": sys.prefix}
print(json.dumps(told))
sys.exit(int(os.environ.get("EXIT", "0")))
"""


@dataclass(frozen=True)
class Project:
    root: Path

    @property
    def python(self) -> Path:
        windows = sys.platform == "win32"
        return self.root / ".venv" / ("Scripts/python.exe" if windows else "bin/python")

    @property
    def stamp(self) -> Path:
        return self.root / ".venv" / "failflat.stamp"

    def command(self, *arguments: str) -> list[str]:
        return [sys.executable, str(self.root / "tools" / "bootstrap.py"), *arguments]

    def call(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            self.command(*arguments),
            cwd=self.root.parent,
            env={**os.environ, **environment},
            capture_output=True,
            text=True,
            check=False,
        )


def make_project(root: Path) -> Project:
    (root / "tools").mkdir(parents=True)
    shutil.copy(BOOTSTRAP, root / "tools")
    (root / "setup.cfg").write_text(SETUP_CFG)
    (root / "setup.py").write_text(SETUP_PY)
    setuptools = importlib.metadata.version("setuptools")
    (root / "constraints.txt").write_text(f"setuptools=={setuptools}\n")
    (root / "supervisor.py").write_text(SUPERVISOR)
    return Project(root)


@pytest.fixture(scope="session")
def wheelhouse(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A wheel of the setuptools installed here, so that installs need no network."""
    distribution = importlib.metadata.distribution("setuptools")
    folder = tmp_path_factory.mktemp("wheelhouse")
    name = f"setuptools-{distribution.version}-py3-none-any.whl"
    with zipfile.ZipFile(folder / name, "w") as wheel:
        for file in distribution.files or ():
            if ".." not in file.parts and "__pycache__" not in file.parts:
                wheel.write(file.locate(), file.as_posix())
    return folder


@pytest.fixture
def offline(wheelhouse: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """pip sees the wheelhouse alone, and does not spend its time on compiling."""
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", wheelhouse.as_uri())
    monkeypatch.setenv("PIP_NO_COMPILE", "1")


Start = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def start() -> Iterator[Start]:
    """Starts a command in a process group of its own, of which nothing outlives the test."""
    started: list[subprocess.Popen[str]] = []

    def start(command: list[str], cwd: Path, **environment: str) -> "subprocess.Popen[str]":
        process = subprocess.Popen(
            command,
            cwd=cwd,
            env={**os.environ, **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        if sys.platform != "win32":
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """Nothing prepared; its path has a space."""
    return make_project(tmp_path / "a project")


@pytest.fixture(scope="session")
def venv_with_pip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    venv = tmp_path_factory.mktemp("template") / ".venv"
    subprocess.run([sys.executable, "-m", "venv", str(venv)], check=True)
    return venv


@pytest.fixture
def unstamped(project: Project, venv_with_pip: Path) -> Project:
    """With a .venv in which nothing is installed yet, as made by hand."""
    shutil.copytree(venv_with_pip, project.root / ".venv", symlinks=True)
    return project


@pytest.fixture
def prepared(project: Project) -> Project:
    """Stamped as prepared for `run`, over a .venv without pip, in which any install would fail."""
    venv = str(project.root / ".venv")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", venv], check=True)
    source = "import bootstrap; print(bootstrap.fingerprint(), 'data', end='')"
    stamp = subprocess.check_output([sys.executable, "-c", source], cwd=project.root / "tools")
    project.stamp.write_bytes(stamp)
    return project
