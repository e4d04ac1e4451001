"""tools.record at a running simulator, and a simulator that plays what was recorded."""

import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import pytest

from messages.base import SECOND, Message
from messages.hub import Hub, OpenHub
from messages.market import DATA
from tests.console.bench import ROOT, Ran, simulator
from tests.live.bench import until
from tests.record.bench import MES, TICK_SIZE, Cut, Market, heard, recorded
from tools.console.desk import visited
from tools.console.listening import hubs
from tools.console.target import simulated
from tools.record.files import Growing, finished, part
from tools.record.recorder import Recorder
from tools.simulator.recording import read


@pytest.fixture(scope="module")
def venue() -> Iterator[str]:
    with simulator("--contract", "MES", "--contract", "MNQ") as address:
        yield address


def fault(venue: str, **body: object) -> None:
    data = json.dumps(body).encode()
    with urlopen(Request(f"{venue}/sim/faults", data=data), timeout=30) as answer:
        answer.read()


def running(venue: str, *arguments: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-m", "tools.record", *arguments, "--url", venue],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def ran(capsys: pytest.CaptureFixture[str], *arguments: str) -> Ran:
    with pytest.raises(SystemExit) as ended:
        import_module("tools.record.__main__").app(list(arguments))
    out, err = capsys.readouterr()
    assert isinstance(ended.value.code, int)
    return Ran(ended.value.code, out, err)


def has_rows(prefix: Path) -> bool:
    """The head of a stream takes less than 1 kB."""
    path = part(prefix, "trades")
    return path.exists() and path.stat().st_size > 1000


def more(prefix: Path) -> None:
    """Wait for another second of depth in its file."""
    size = part(prefix, "depth").stat().st_size
    until("more rows", lambda: part(prefix, "depth").stat().st_size > size)


def journal(venue: str, since: int = 0) -> list[dict[str, Any]]:
    with urlopen(f"{venue}/sim/journal?since={since}", timeout=30) as answer:
        return [json.loads(line) for line in answer]


def depth_frames(venue: str, since: int) -> bool:
    """Whether a connection opened since then has been sent depth."""
    rows = journal(venue, since)
    opened = {row["connection"] for row in rows if row["kind"] == "connect"}
    return any(
        row["connection"] in opened
        for row in rows
        if row["kind"] == "frame" and row["target"] == "GatewayDepth"
    )


def listened(venue: str, bars: int, recorder: Recorder | None = None) -> list[Cut]:
    """The bars of what the hub says until there are so many, which a recorder hears as well."""
    said: list[Market] = []

    def hear(message: Message) -> None:
        if recorder is not None:
            recorder.hear(message)
        if isinstance(message, tuple(DATA)):
            said.append(message)  # type: ignore[arg-type]  # DATA is no type to narrow by

    with visited(simulated(venue, {})) as desk, hubs(desk, [desk.contract("MES")], hear) as port:
        port.handle(OpenHub(Hub.MARKET))
        until("bars", lambda: len(said) > 20 and len(heard(list(said))) >= bars)
    return heard(said)


def test_what_is_recorded_replays_as_the_same_bars(venue: str, tmp_path: Path) -> None:
    prefix = tmp_path / "r"
    growing = Growing(prefix)
    recorder = Recorder({MES.id: MES}, {MES.id: growing})
    original = listened(venue, 7, recorder)
    recorder.flush()
    growing.close()
    finished(prefix)
    assert (recorder.moved, recorder.gaps, recorder.failed) == (0, [], "")
    assert sum(bar[5] for bar in original) > 0
    assert recorded(prefix)[: len(original)] == original
    with simulator("--replay", str(prefix)) as again:
        replayed = listened(again, 5)[:-1]  # the last one is not whole
    # A replaying hub begins with an empty book, from where on bars are cut: the first second's
    # prints may be in a bar of their own, or in the one after it.
    later = [bar for bar in replayed if bar[0] > SECOND]
    assert len(later) >= 2
    assert later == [bar for bar in original if bar[0] > SECOND][: len(later)]
    first, again_first = (
        sum(b[5] for b in bars if b[0] <= SECOND) for bars in (original, replayed)
    )
    assert first == again_first


def test_several_contracts_have_files_of_their_own(
    venue: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    options = ("--contract", "MES", "--contract", "MNQ", "--contract", "MES", "--seconds", "2")
    done = ran(capsys, "start", str(tmp_path / "r"), *options, "--url", venue, "--json").json
    assert len(done["files"]) == 6
    assert {row["contract"] for row in done["files"]} == {MES.id, "CON.F.US.MNQ.Z26"}
    for row in done["files"]:
        assert Path(row["file"]).stat().st_size == row["bytes"]
    for name in ("MESZ6", "MNQZ6"):
        assert read(tmp_path / f"r_{name}", TICK_SIZE).keys() == {"trades", "quotes", "depth"}
    assert len(list(tmp_path.iterdir())) == 6


def test_one_file_that_exists_stops_them_all(
    venue: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "r_MNQZ6_depth.parquet").touch()
    options = ("--contract", "MES", "--contract", "MNQ", "--seconds", "2", "--url", venue)
    done = ran(capsys, "start", str(tmp_path / "r"), *options)
    assert (done.code, done.out, len(done.err.splitlines())) == (9, "", 1)
    assert [path.name for path in tmp_path.iterdir()] == ["r_MNQZ6_depth.parquet"]


def test_a_lost_hub_is_opened_again_and_the_gap_told(venue: str, tmp_path: Path) -> None:
    prefix = tmp_path / "r"
    process = running(venue, "start", str(prefix), "--json")
    until("rows", lambda: has_rows(prefix))
    lines, dropped = len(journal(venue)), time.monotonic()
    fault(venue, name="drop_hub", target="market")
    until("depth of a new connection", lambda: depth_frames(venue, since=lines))
    for _ in range(2):  # the first may have begun before that came
        more(prefix)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=250)
    document: dict[str, Any] = json.loads(out)
    assert (process.returncode, err) == (0, "")
    (gap,) = document["gaps"]
    assert 0 < gap["seconds"] < time.monotonic() - dropped
    depth = read(prefix, TICK_SIZE)["depth"]
    snapshots = sorted(set(depth["ts"][depth["action"] == 0].tolist()))
    assert len(snapshots) == 2
    assert snapshots[1] < depth["ts"][-1]


def test_another_session_ends_the_recording_but_not_its_files(venue: str, tmp_path: Path) -> None:
    prefix = tmp_path / "r"
    process = running(venue, "start", str(prefix))
    until("rows", lambda: has_rows(prefix))
    fault(venue, name="second_session", target="market")
    _, err = process.communicate(timeout=250)
    assert process.returncode == 7
    assert "GatewayLogout" in err
    assert "another session of this user took the place" in err
    assert len(read(prefix, TICK_SIZE)["trades"]) > 0


def test_ctrl_c_ends_it_in_order(venue: str, tmp_path: Path) -> None:
    prefix = tmp_path / "r"
    process = running(venue, "start", str(prefix))
    until("rows", lambda: has_rows(prefix))
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=250)
    assert (process.returncode, err) == (0, "")
    assert "gaps: 0, stamps moved: 0" in out
    assert len(read(prefix, TICK_SIZE)["trades"]) > 0
    assert len(list(tmp_path.iterdir())) == 3


def test_a_killed_recording_is_finished_later(
    venue: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    prefix = tmp_path / "r"
    process = running(venue, "start", str(prefix))
    until("rows", lambda: has_rows(prefix))
    refused = ran(capsys, "finish", str(prefix))
    assert refused == (9, "", f"lock: {prefix} is being recorded: wait for its end, or name another"
                              " prefix\n")  # fmt: skip
    process.kill()
    process.communicate()
    again = ran(capsys, "start", str(prefix), "--url", venue)
    assert (again.code, len(again.err.splitlines())) == (9, 1)
    assert f"python -m tools.record finish {prefix}" in again.err
    rows = {row["kind"]: row["rows"] for row in ran(capsys, "finish", str(prefix), "--json").json}
    assert rows["trades"] > 0
    assert {kind: len(table) for kind, table in read(prefix, TICK_SIZE).items()} == rows
    assert len(list(tmp_path.iterdir())) == 3


def test_a_hub_that_does_not_open_leaves_no_files(
    venue: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    fault(venue, name="refuse_upgrade", target="market")
    try:
        done = ran(capsys, "start", str(tmp_path / "r"), "--url", venue, "--seconds", "2")
    finally:
        fault(venue, name="refuse_upgrade", stop=True)
    assert (done.code, done.out, len(done.err.splitlines())) == (5, "", 1)
    assert done.err.startswith("connection: market hub: ")
    assert list(tmp_path.iterdir()) == []


def test_a_full_disk_ends_it_with_what_was_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    growing = Growing(tmp_path / "r")
    recorder = Recorder({MES.id: MES}, {MES.id: growing})
    assert recorder.failed == ""
    monkeypatch.setattr(growing, "write", full)
    with simulator() as venue:
        listened(venue, 1, recorder)
    recorder.flush()
    assert recorder.failed == "No space left on device"
    growing.close()
    assert finished(tmp_path / "r") == []


def full(kind: str, rows: object) -> None:
    raise OSError(28, "No space left on device")


def test_without_pyarrow_it_says_what_to_install(
    venue: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    for command in (
        ("start", str(tmp_path / "r"), "--url", venue),
        ("finish", str(tmp_path / "r")),
    ):
        done = ran(capsys, *command)
        assert (done.code, done.out) == (9, "")
        assert done.err == "record: writing parquet needs pyarrow: pip install 'failflat[data]'\n"
