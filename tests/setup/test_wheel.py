"""The wheel, installed into a virtual environment that borrows the libraries of this one."""

import shutil
import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("actors", "config", "gateway", "messages", "models", "tools")
SOURCES = ("setup.cfg", "setup.py", "LICENSE", "README.md", "supervisor.py")
SHIPPED = {".py", ".yaml", ".csv", ".pt", ".json"}

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built from a copy, as a build leaves folders beside the sources."""
    copy = tmp_path_factory.mktemp("checkout")
    for room in ROOMS:
        if (ROOT / room).exists():
            junk = shutil.ignore_patterns("__pycache__")
            shutil.copytree(ROOT / room, copy / room, ignore=junk)
    for name in SOURCES:
        if (ROOT / name).exists():
            shutil.copy(ROOT / name, copy)
    pip("wheel", "--no-build-isolation", "--use-pep517", "-w", str(copy / "dist"), str(copy))
    (built,) = (copy / "dist").glob("failflat-*.whl")
    return built


@pytest.fixture(scope="module")
def python(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of a virtual environment with the wheel installed."""
    venv = tmp_path_factory.mktemp("elsewhere") / ".venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(venv)], check=True)
    python = venv / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")
    pip("install", "--no-index", str(wheel), python=python)
    purelib = "import sysconfig; print(sysconfig.get_path('purelib'), end='')"
    site = Path(subprocess.check_output([python, "-c", purelib], text=True))
    # Only now, so that pip did not look into the environment that runs the tests.
    (site / "borrowed.pth").write_text(sysconfig.get_path("purelib"))
    return python


def pip(command: str, *arguments: str, python: Path | None = None) -> None:
    target = ["--python", str(python)] if python else []
    subprocess.run(
        [sys.executable, "-m", "pip", *target, command, "--quiet", "--no-deps", *arguments],
        check=True,
    )


def test_the_application_is_complete_in_the_wheel(wheel: Path) -> None:
    launcher = ROOT / "tools" / "launcher"
    wanted = {
        f"failflat/app/{file.relative_to(ROOT).as_posix()}"
        for room in ROOMS
        for file in (ROOT / room).rglob("*")
        if file.suffix in SHIPPED and launcher not in file.parents
    }
    names = set(zipfile.ZipFile(wheel).namelist())
    assert len(wanted) > 10
    assert wanted <= names


def test_the_wheel_installs_one_name_alone(wheel: Path) -> None:
    tops = {name.split("/")[0] for name in zipfile.ZipFile(wheel).namelist()}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"failflat"}


def test_neither_tests_nor_setup_are_shipped(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    assert not [name for name in names if "/tests/" in name or name.endswith("/setup.py")]


@pytest.mark.parametrize("name", [*ROOMS, "supervisor"])
def test_no_generic_name_leaks(name: str, python: Path, tmp_path: Path) -> None:
    source = f"import failflat, importlib.util as u; print(u.find_spec({name!r}))"
    told = subprocess.check_output([python, "-c", source], cwd=tmp_path, text=True)
    assert told == "None\n"


def test_the_console_script_starts_the_shipped_supervisor(python: Path, tmp_path: Path) -> None:
    done = subprocess.run(
        [python.with_name("failflat"), "--help"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "--duration" in done.stdout
    source = "import failflat; print(failflat.application_root())"
    root = Path(subprocess.check_output([python, "-c", source], cwd=tmp_path, text=True).strip())
    assert root.parts[-2:] == ("failflat", "app")
    assert (root / "supervisor.py").exists()
