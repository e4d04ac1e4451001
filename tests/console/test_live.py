"""--live, with a simulator standing for the real hosts: what is asked before a write."""

import io
from pathlib import Path

import pytest
from filelock import FileLock

from gateway.live import account_lock
from tests.console.bench import ROOT, Tool
from tools.console.desk import visited
from tools.console.target import simulated

NAME = "PRAC-V2-000111-22223333"
RESTING = ("buy", "1", "--contract", "MES", "--type", "limit", "--limit", "5000")


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def real(live_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tools.console.target.LIVE", live_file)
    monkeypatch.setenv("PROJECTX_USERNAME", "demo")
    monkeypatch.setenv("TOPSTEPX_API_KEY", "demo")
    monkeypatch.setenv("TOPSTEPX_ACCOUNT_ID", "48120077")


@pytest.fixture
def types(monkeypatch: pytest.MonkeyPatch) -> "Types":
    return Types(monkeypatch)


class Types:
    """A person at a terminal."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._monkeypatch = monkeypatch

    def __call__(self, words: str) -> None:
        self._monkeypatch.setattr("sys.stdin", Terminal(f"{words}\n"))


def test_an_older_name_of_the_login_is_remarked_on(tool: Tool) -> None:
    ran = tool("account", "list", "--live")
    assert ran.code == 0
    assert "PROJECTX_USERNAME stands in for TOPSTEPX_USERNAME: rename it" in ran.err


@pytest.mark.parametrize("typed", ["y", "yes", "", NAME.lower()])
def test_an_order_on_the_real_account_is_not_sent_for_a_y(
    tool: Tool, types: Types, typed: str
) -> None:
    types(typed)
    ran = tool("order", "place", *RESTING, "--live")
    assert (ran.code, ran.out) == (7, "")
    assert f"at 5000 with NO stop in the REAL account {NAME}? Type {NAME} to go on:" in ran.err
    assert ran.err.endswith("check: nothing was sent\n")
    assert tool("order", "list", "--live", "--json").json == []


def test_the_accounts_name_lets_it_through_and_the_way_to_flat_takes_a_y(
    tool: Tool, types: Types
) -> None:
    types(NAME)
    assert tool("order", "place", *RESTING, "--live").code == 0
    types("y")
    ran = tool("flatten", "all", "--live")
    assert (ran.code, "FLAT" in ran.out) == (0, True)
    assert "in the REAL account" in ran.err


def test_a_simulators_account_takes_a_y(tool: Tool, types: Types) -> None:
    types("y")
    assert tool("order", "place", *RESTING).code == 0
    types("n")
    ran = tool("flatten", "all")
    assert (ran.code, ran.err.splitlines()[-1][-24:]) == (7, " check: nothing was sent")
    assert tool("flatten", "all", "--yes").code == 0


def test_without_a_terminal_the_real_account_needs_yes(tool: Tool) -> None:
    ran = tool("order", "place", *RESTING, "--live")
    assert ran.code == 2
    assert "Add --yes" in ran.err


@pytest.mark.parametrize(
    "arguments",
    [
        ("order", "place", *RESTING, "--yes"),
        ("connect", "test"),
        ("probe", "delay"),
        ("record.__main__", "start", "nowhere"),
    ],
)
def test_beside_a_running_engine_nothing_is_placed_and_no_hub_opened(
    tool: Tool, venue: str, arguments: tuple[str, ...]
) -> None:
    with visited(simulated(venue, {})) as desk:
        lock = account_lock(venue, desk.session())
    contract = () if "--contract" in arguments else ("--contract", "MES")
    with FileLock(lock, timeout=0):
        ran = tool(*arguments, *contract, "--live")
    assert (ran.code, ran.out) == (9, "")
    assert ran.err.splitlines()[-1].startswith("lock: an engine")
    assert not list(ROOT.glob("nowhere*"))


def test_a_wrong_key_ends_with_the_codes_for_it(
    tool: Tool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TOPSTEPX_API_KEY", "wrong")
    ran = tool("account", "list", "--live")
    assert (ran.code, ran.out) == (4, "")
    assert ran.err.splitlines()[-1].endswith("check the user name and the API key")


def test_the_preflight_of_the_real_account_says_what_a_person_must_look_at(tool: Tool) -> None:
    ran = tool("preflight", "--live", "--seconds", "1")
    rows = {line[:14].strip(): line for line in ran.out.splitlines()}
    assert "PASS" in rows["contract"]
    assert "WARN" in rows["account mode"]
    assert "PASS" in rows["calendar"]
    assert "when the venue wants no position" in rows["calendar"]
