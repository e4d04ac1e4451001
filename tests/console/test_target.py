"""Which venue a tool talks to, what it says where there is none, and how soon it starts."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import typer

from tests.console.bench import Tool
from tools.console.command import Stopped, refusals
from tools.console.desk import visited
from tools.console.target import real, target

ROOT = Path(__file__).resolve().parents[2]
TOOLS = tuple(
    file.stem
    for file in sorted((ROOT / "tools").glob("*.py"))
    if "tools.console" in file.read_text(encoding="utf-8")
)


def test_without_a_simulator_the_line_says_how_to_start_one(tool: Tool) -> None:
    ran = tool("account", "list", "--url", "http://127.0.0.1:1")
    assert (ran.code, ran.out, len(ran.err.splitlines())) == (5, "", 1)
    assert "start one with python -m tools.simulator --port 1" in ran.err
    assert "FAILFLAT_URL" in ran.err


@pytest.mark.parametrize(
    "url", ["foo", "https://api.topstepx.com", "http://10.0.0.1:8765", "http://localhost:x"]
)
def test_only_this_machine_is_a_simulators_address(url: str) -> None:
    with pytest.raises(Stopped) as stopped:
        target(url, live=False, environ={}, dotenv=None)
    assert stopped.value.code == 2


def test_an_address_beside_live_is_a_usage_mistake() -> None:
    with pytest.raises(Stopped) as stopped:
        target("http://127.0.0.1:1", live=True, environ={}, dotenv=None)
    assert stopped.value.code == 2


def test_live_without_a_login_ends_with_the_settings_code(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(typer.Exit) as ended, refusals():
        target(None, live=True, environ={}, dotenv=None)
    assert ended.value.exit_code == 3
    assert "TOPSTEPX_USERNAME is not set" in capsys.readouterr().err


def test_live_is_not_turned_aside_by_a_simulators_address_in_the_environment() -> None:
    login = {"TOPSTEPX_USERNAME": "me", "TOPSTEPX_API_KEY": "k-123", "TOPSTEPX_ACCOUNT_ID": "7"}
    found = target(None, True, {**login, "FAILFLAT_URL": "http://127.0.0.1:1"}, None)
    assert (found.api.base_url, found.api.account_id) == ("https://api.topstepx.com", 7)
    assert "k-123" not in repr(found)


def test_a_live_file_logs_in_with_the_environments_login(live_file: Path) -> None:
    file = live_file
    names = ("TOPSTEPX_USERNAME", "TOPSTEPX_API_KEY")
    account = {"TOPSTEPX_ACCOUNT_ID": "48120077"}
    with visited(real(file, {**dict.fromkeys(names, "demo"), **account}, None)) as desk:
        assert desk.account.id == 48120077
    wrong = real(file, {**dict.fromkeys(names, "wrong"), **account}, None)
    with pytest.raises(typer.Exit) as ended, refusals(), visited(wrong):
        pass
    assert ended.value.exit_code == 4


@pytest.mark.parametrize("name", TOOLS)
def test_a_tool_starts_without_torch_or_actors(
    name: str, record_property: Callable[[str, object], None]
) -> None:
    program = (
        "import json, sys, time, tools.%s as tool\n"
        "try:\n    tool.app(['--help'])\nexcept SystemExit as end:\n    code = end.code\n"
        "print(json.dumps([code, time.process_time(), sorted(sys.modules)]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program % name], cwd=ROOT, capture_output=True, text=True, check=True
    )
    # The processor's time from the interpreter's first step: wall time is also that of others.
    code, took, modules = json.loads(done.stdout.splitlines()[-1])
    record_property("started_s", took)
    assert code == 0
    heavy = {"torch", "numpy", "pykka", "models", "supervisor"}
    assert {module.split(".")[0] for module in modules}.isdisjoint(heavy)
    assert "signalrcore" not in modules
    rooms = {module for module in modules if module.startswith("actors.")}
    if name == "market":  # it shows what the bar room's pure part makes of the market
        rooms = {room for room in rooms if not room.startswith("actors.bar")}
    assert not rooms
