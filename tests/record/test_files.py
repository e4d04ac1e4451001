"""The files of a recording: nothing is overwritten, and a kill leaves what was written."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.record.bench import TICK_SIZE
from tools.console.command import Stopped
from tools.record import files
from tools.record.files import Growing, finished, held, part
from tools.record.rows import Row
from tools.simulator.recording import read


def trades(begin: int, rows: int) -> list[Row]:
    return [(begin + place, 6400.25, 1 + place, -1) for place in range(rows)]


def stamps(prefix: Path) -> Sequence[int]:
    found: list[int] = read(prefix, TICK_SIZE)["trades"]["ts"].tolist()
    return found


def grown(prefix: Path, batches: int = 3) -> Growing:
    growing = Growing(prefix)
    for batch in range(batches):
        growing.write("trades", trades(100 * batch, 100))
    return growing


def test_batches_become_one_file_and_a_kind_without_rows_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "GROUP", 150)  # two row groups
    prefix = tmp_path / "r"
    grown(prefix).close()
    (done,) = finished(prefix)
    assert (done.kind, done.rows, done.first, done.last, done.torn) == (
        "trades",
        300,
        0,
        299,
        False,
    )
    assert stamps(prefix) == list(range(300))
    assert [path.name for path in tmp_path.iterdir()] == ["r_trades.parquet"]


def test_what_is_written_is_there_while_the_recording_runs(tmp_path: Path) -> None:
    """As a kill leaves it: nothing closed."""
    growing = grown(tmp_path / "r")
    (done,) = finished(tmp_path / "r")
    assert (done.rows, done.torn) == (300, False)
    growing.close()


@pytest.mark.parametrize("cut", [1, 500])
def test_a_torn_end_loses_its_batch_alone_and_is_kept(tmp_path: Path, cut: int) -> None:
    prefix = tmp_path / "r"
    grown(prefix).close()
    path = part(prefix, "trades")
    path.write_bytes(path.read_bytes()[:-cut])
    (done,) = finished(prefix)
    assert (done.rows, done.torn) == (200, True)
    assert stamps(prefix) == list(range(200))
    assert path.exists()


def test_no_file_is_overwritten(tmp_path: Path) -> None:
    prefix = tmp_path / "r"
    (tmp_path / "r_depth.parquet").write_bytes(b"mine")
    with pytest.raises(Stopped, match=r"r_depth\.parquet exists: name another prefix"):
        Growing(prefix)
    assert [path.name for path in tmp_path.iterdir()] == ["r_depth.parquet"]


def test_a_file_that_came_meanwhile_is_kept_and_so_is_the_recording(tmp_path: Path) -> None:
    prefix = tmp_path / "r"
    grown(prefix).close()
    target = tmp_path / "r_trades.parquet"
    target.write_bytes(b"mine")
    with pytest.raises(Stopped, match="exists: move it away"):
        finished(prefix)
    assert target.read_bytes() == b"mine"
    target.unlink()
    (done,) = finished(prefix)
    assert done.rows == 300


def test_a_recording_that_did_not_end_is_not_overwritten_either(tmp_path: Path) -> None:
    grown(tmp_path / "r").close()
    with pytest.raises(Stopped, match=r"did not end: python -m tools\.record finish "):
        Growing(tmp_path / "r")


def test_one_recording_a_prefix(tmp_path: Path) -> None:
    with (
        held(tmp_path / "r"),
        pytest.raises(Stopped, match="is being recorded"),
        held(tmp_path / "r"),
    ):
        pass
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_not_there_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(Stopped, match="nowhere is not a folder"), held(tmp_path / "nowhere" / "r"):
        pass
    assert list(tmp_path.iterdir()) == []
