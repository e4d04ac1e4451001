"""What the tools say: one line and an exit code to a mistake, a plain traceback to a fault."""

import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SHORT = ("--seconds", "1")


@pytest.mark.parametrize(
    ("tool", "arguments", "code", "words"),
    [
        ("train", ("--folder", "nowhere"), 2, "nowhere is not a folder"),
        ("train", ("--evaluate", "--replay", "nowhere"), 2, "nowhere_trades.parquet not found"),
        ("train", ("--evaluate", "--folder", "tests"), 8, "scalper_v1.pt: No such file"),
        ("simulator", ("--epoch", "noon"), 2, "noon is not an ISO time"),
        ("simulator", ("--contract", "FOO"), 2, "FOO is not known"),
        ("simulator", ("--replay", "nowhere"), 2, "nowhere_trades.parquet not found"),
        ("simulator", ("--journal", "nowhere/file"), 2, "nowhere/file: No such file"),
        ("simulate", ("--crash", "bar"), 2, "bar is not NAME@SECONDS"),
        ("simulate", ("--crash", "cook@1"), 2, "no actor cook"),
        ("simulate", ("--faults", "cook@1"), 2, "no fault cook"),
        ("simulate", ("-o", "risk.max_daily_los=1"), 3, "did you mean risk.max_daily_loss"),
        ("simulate", ("-o", "trading.strategy=nowhere:X"), 3, "nowhere:X cannot be loaded"),
        ("simulate", ("-o", "trading.contract=ZZZ"), 3, "ZZZ"),
        ("simulate", ("-o", "api.account_id=99"), 3, "account 99"),
        ("simulate", ("-o", "model.path=nowhere.pt"), 8, "nowhere.pt: No such file"),
        ("simulate", (*SHORT, "--trace", "nowhere/file"), 9, "nowhere/file: No such file"),
        ("simulate", (*SHORT, "--journal", "nowhere/file"), 9, "nowhere/file: No such file"),
    ],
)
def test_a_mistake_is_one_line_and_its_exit_code(
    tool: str,
    arguments: tuple[str, ...],
    code: int,
    words: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(ROOT)
    with pytest.raises(SystemExit) as ended:
        import_module(f"tools.{tool}.__main__").app(list(arguments))
    out, err = capsys.readouterr()
    assert (ended.value.code, out) == (code, "")
    assert len(err.splitlines()) == 1
    assert words in err


def test_a_recording_too_short_for_an_interval_is_a_mistake_too(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(ROOT)
    monkeypatch.setattr("tools.train.figures.recorded", lambda prefix: [])
    with pytest.raises(SystemExit) as ended:
        import_module("tools.train.__main__").app(["--evaluate", "--replay", "short"])
    assert ended.value.code == 2
    assert capsys.readouterr().err == (
        "replay: short: gives 0 s to predict, needs 60: record for longer\n"
    )


@pytest.mark.parametrize(
    ("tool", "broken"), [("train", "paths"), ("simulator", "Clock"), ("simulate", "Crashes")]
)
def test_a_fault_of_ours_is_a_plain_traceback(tool: str, broken: str) -> None:
    program = f"import tools.{tool}.__main__ as tool; tool.{broken} = None; tool.app([])"
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert done.stderr.startswith("Traceback (most recent call last):\n")
    assert done.stderr.splitlines()[-1] == "TypeError: 'NoneType' object is not callable"
