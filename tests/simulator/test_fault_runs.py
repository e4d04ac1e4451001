"""How faults are planned: aim, chance, spans, what is refused, and the file."""

import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tools.simulator.acts import ACTS, UNDO
from tools.simulator.fault_file import FaultFileError, read_faults
from tools.simulator.fault_names import FAULTS, Kind

if TYPE_CHECKING:
    from tests.simulator.conftest import Session

ROOT = Path(__file__).resolve().parents[2]
MES = "CON.F.US.MES.Z26"
ACCOUNT = 48_120_077


def refused(session: "Session", **body: object) -> str:
    reply = session.send("POST", "/sim/faults", json.dumps(body).encode())
    assert reply.status == 400, reply
    text: str = json.loads(reply.body)["error"]
    return text


def details(session: "Session", name: str) -> list[str]:
    return [row["detail"] for row in session.rows("fault", name=name)]


def test_every_fault_that_acts_has_an_act_and_no_other() -> None:
    acting = {name for name, row in FAULTS.items() if row.kind in (Kind.ONCE, Kind.STATE)}
    assert set(ACTS) == acting
    assert set(UNDO) == {name for name, row in FAULTS.items() if row.kind is Kind.STATE}


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ({"name": "nope"}, "no fault nope; known: "),
        ({"name": "http_500", "targt": "x"}, "targt"),
        ({"name": "http_500", "target": "/api/Nope"}, "/api/Nope is not an endpoint path"),
        ({"name": "silent_hub", "target": "both"}, "both is not user or market"),
        ({"name": "freeze_feed", "target": "MES"}, "MES is not a contract with a market"),
        ({"name": "lockout", "target": 5}, "5 is not an account id"),
        ({"name": "expire_token", "target": "user"}, "expire_token takes no target"),
        ({"name": "http_500", "minutes": 3}, "http_500 takes no minutes"),
        ({"name": "delay_response", "seconds": -1}, "must be 0 or more"),
        ({"name": "http_500", "probability": 0}, "probability"),
        ({"name": "http_500", "duration": 0}, "duration"),
        ({"name": "http_500", "start": -1}, "start"),
        ({"name": "nope", "stop": True}, "no fault nope"),
    ],
)
def test_a_mistake_is_one_line(session: "Session", body: dict[str, Any], text: str) -> None:
    error = refused(session, **body)
    assert text in error
    assert "\n" not in error


def test_a_target_spares_the_others(session: "Session") -> None:
    session.sim("faults", name="http_500", target="/api/Order/Place")
    assert session.post("Position/searchOpen", accountId=ACCOUNT)["success"]
    body = json.dumps({"accountId": ACCOUNT}).encode()
    assert session.send("POST", "/api/order/place", body, session.token).status == 500


def test_runs_of_one_name_on_two_targets_are_both_in_force(session: "Session") -> None:
    for path in ("/api/Order/search", "/api/Trade/search"):
        session.sim("faults", name="http_500", target=path)
    for path in ("/api/Order/search", "/api/Trade/search"):
        assert session.send("POST", path, b"{}", session.token).status == 500
    assert session.sim("faults", name="http_500", stop=True) == {"active": []}
    assert len([d for d in details(session, "http_500") if d.startswith("ended")]) == 2


@pytest.mark.parametrize("seed", [1, 2])
def test_chance_is_its_own_seeds(session: "Session", seed: int) -> None:
    def struck() -> list[int]:
        session.sim("faults", name="http_500", probability=0.5, seed=seed)
        path = "/api/Account/search"
        return [session.send("POST", path, b"{}", session.token).status for _ in range(20)]

    first, second = struck(), struck()
    assert first == second
    assert set(first) == {200, 500}


def test_an_act_with_a_duration_repeats_every_second(session: "Session") -> None:
    number = session.connect("market")
    session.sim("faults", name="second_session", start=1, duration=2.5)
    session.run(5000)
    assert len(session.events(number, "GatewayLogout")) == 3
    assert [d.split(":")[0] for d in details(session, "second_session")] == [
        "started for 2.5 s", "fired", "fired", "fired", "ended after 3 firings",
    ]  # fmt: skip


def test_a_frequent_fault_notes_its_first_firing_and_their_number(session: "Session") -> None:
    number = session.connect("market")
    session.invoke(number, "SubscribeContractTrades", MES)
    session.sim("faults", name="freeze_trades", duration=1)
    for price in (27201, 27202, 27203):
        session.trade(price)
    session.run(1000)
    assert [d.split(":")[0] for d in details(session, "freeze_trades")] == [
        "started for 1 s", "fired", "ended after 3 firings",
    ]  # fmt: skip


def test_a_file_lists_faults(tmp_path: Path) -> None:
    path = tmp_path / "faults.yaml"
    path.write_text("- {name: http_500, start: 2, target: /api/Order/place}\n- name: lockout\n")
    first, second = read_faults(path)
    assert (first.name, first.start, first.target) == ("http_500", 2.0, "/api/Order/place")
    assert second.name == "lockout"


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("- {name: x, strt: 1}", "strt"),
        ("a: [", "not YAML"),
        ("name: x", "array"),
        ("- {}", "name"),
    ],
)
def test_a_bad_file_is_one_line(tmp_path: Path, text: str, error: str) -> None:
    path = tmp_path / "faults.yaml"
    path.write_text(text)
    with pytest.raises(FaultFileError) as raised:
        read_faults(path)
    assert error in str(raised.value)
    assert "\n" not in str(raised.value)


@pytest.mark.slow
def test_the_process_refuses_a_file_with_an_unknown_fault(tmp_path: Path) -> None:
    path = tmp_path / "faults.yaml"
    path.write_text("- name: nope\n")
    command = [sys.executable, "-m", "tools.simulator", "--faults", str(path)]
    done = subprocess.run(
        command, check=False, cwd=ROOT, capture_output=True, text=True, timeout=250
    )
    assert done.returncode == 2
    assert done.stderr.startswith(f"simulator: --faults: {path}: no fault nope; known: ")
    assert done.stderr.count("\n") == 1
