"""A bundle tells everything about a session but whose it was."""

import gzip
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest

from config.environment import gather
from messages.position import AccountEvent
from tests.trace.bench import ROOT, Lines, first, run, write
from tools.trace.bundle import bundle
from tools.trace.doctor import examine
from tools.trace.pseudonyms import Pseudonyms
from tools.trace.trace import Trace

NUMBER, NAME = 61_482_207, "50KTC-V2-90817-55512345"
USER, KEY = "jane.trader@example.org", "kE7-very+secret/key=="
TOKEN = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiI2MTQ4MjIwNyJ9.c2lnbmF0dXJl"
OS_USER = "janedoe"
PRIVATE = (str(NUMBER), NAME, NAME.lower(), USER, KEY, TOKEN, "eyJ", OS_USER)
LOGIN = {"TOPSTEPX_USERNAME": USER, "TOPSTEPX_API_KEY": KEY}
SAID = (
    f"account {NUMBER}: order refused ({NAME}); Authorization: Bearer {TOKEN}; {USER} {KEY}"
    f' {{"apiKey": "{KEY}"}} File "/home/{OS_USER}/failflat/actors/order/desk.py", line 7'
    f' "C:\\Users\\{OS_USER}\\failflat" {NAME.lower()} a{NUMBER}_'
)


@pytest.fixture
def theirs(whole: Lines, tmp_path: Path) -> Path:
    """A session of Jane's: her names stand wherever a text from outside may stand."""
    lines: Lines = json.loads(json.dumps(whole))
    lines[0]["config"]["api"]["account_id"] = NAME
    lines[0]["config"]["logs"]["directory"] = f"/home/{OS_USER}/logs"
    for line in lines:
        if line["kind"] == "message" and line["type"] == "AccountEvent":
            line["message"]["account"] |= {"id": NUMBER, "name": NAME}
    first(lines, "message", "PlaceResult")["message"]["message"] = SAID
    first(lines, "delivery", "Depth").update(outcome="dead", error=SAID)
    half = len(lines) // 2
    with gzip.open(tmp_path / "trace_2026-11-20.0001.jsonl.gz", "wt", encoding="utf-8") as file:
        file.writelines(f"{json.dumps(line)}\n" for line in lines[:half])
    (tmp_path / "trading_2026-11-20.log").write_text(f"2026 [INFO] {SAID}\n" * 3, "utf-8")
    details = {"violation_details": [{"words": SAID}], "fills": NUMBER + 1}
    (tmp_path / "metrics_2026-11-20.json").write_text(json.dumps(details, indent=2), "utf-8")
    for left_out in ("ledger.sqlite", "venue_2026-11-20.jsonl", "trades_2026-11-20.csv"):
        (tmp_path / left_out).write_text(SAID, "utf-8")
    return write(tmp_path / "trace_2026-11-20.jsonl", [lines[0], *lines[half:]])


def bundled(path: Path, target: Path, market: bool = True) -> dict[str, bytes]:
    with Trace(path) as trace:
        bundle(trace, target, gather(LOGIN, None), market)
    with ZipFile(target) as zip_:
        return {name: zip_.read(name) for name in zip_.namelist()}


def said_by(path: Path) -> list[tuple[str, ...]]:
    with Trace(path) as trace:
        return [(one.severity, one.what, str(one.at), one.id) for one in examine(trace)]


def test_nobodys_name_number_or_secret_is_in_any_member(theirs: Path, tmp_path: Path) -> None:
    members = bundled(theirs, tmp_path / "b.zip")
    assert set(members) == {
        "trace_2026-11-20.0001.jsonl",
        "trace_2026-11-20.jsonl",
        "trading_2026-11-20.log",
        "metrics_2026-11-20.json",
        "settings.yaml",
        "about.json",
    }
    for name, content in members.items():
        found = [one for one in PRIVATE if one.encode() in content]
        assert not found, f"{found} in {name}"


def test_the_same_account_has_the_same_pseudonym_everywhere(theirs: Path, tmp_path: Path) -> None:
    members = bundled(theirs, tmp_path / "b.zip")
    said = b"account 1: order refused (account-1); Authorization: Bearer ***"
    for name in ("trace_2026-11-20.0001.jsonl", "trading_2026-11-20.log"):
        assert said in members[name]
    assert b'account_id: "account-1"' in members["settings.yaml"]
    assert json.loads(members["metrics_2026-11-20.json"])["fills"] == NUMBER + 1, "another number"
    about: dict[str, Any] = json.loads(members["about.json"])
    assert about["accounts"] == 1


def test_a_bundle_is_a_trace_for_every_tool(theirs: Path, tmp_path: Path) -> None:
    for market in (True, False):
        folder = tmp_path / f"{market}"
        for name, content in bundled(theirs, tmp_path / f"{market}.zip", market).items():
            folder.mkdir(exist_ok=True)
            (folder / name).write_bytes(content)
        opened = folder / theirs.name
        with Trace(opened) as trace:
            events = [line.body for line in trace.sent(AccountEvent)]
            depths = len(list(trace.sent("Depth")))
        assert events
        assert {(e.account.id, e.account.name) for e in events if isinstance(e, AccountEvent)} == {
            (1, "account-1")
        }
        assert (depths > 0) == market
        found = said_by(opened)
        if market:
            assert found == said_by(theirs)
        else:
            assert [row[1] for row in found] == ["thinned"], "its dead letter was of depth"


def test_accounts_are_told_apart_and_short_numbers_left_alone() -> None:
    hidden = Pseudonyms(users=["bob"])
    assert (hidden.account(7, "PRAC-1"), hidden.account(61_482_208, NAME)) == (1, 2)
    assert hidden.account("PRAC-1") == 1
    assert (
        hidden.text(f"7 prac-1 61482208 {NAME} bob bobby") == "7 account-1 2 account-2 user bobby"
    )
    assert hidden.text("0.61482208 161482208 61482208.5") == "0.61482208 161482208 61482208.5"
    line = (
        b'{"kind":"message","type":"AccountEvent","message":{"account":{"id":7,"name":"PRAC-1"}}}\n'
    )
    assert b'"id":1,"name":"account-1"' in hidden.line(line)


def test_names_and_keys_are_taken_out_as_json_writes_them_too() -> None:
    key = 'quo"te\\key'
    hidden = Pseudonyms(users=['o"neil'], secrets=[key])
    assert hidden.text(json.dumps({"said": f'{key} o"neil O"Neil'})) == '{"said": "*** user user"}'
    paths = r'{"a": "C:\\Users\\Jane Doe\\x", "b": "/Users/jane/y", "c": "/home/jane"}'
    shown = r'{"a": "C:\\Users\\user\\x", "b": "/Users/user/y", "c": "/home/user"}'
    assert hidden.text(paths) == shown


def test_a_hash_of_settings_with_an_account_in_them_is_left_out() -> None:
    """All else that it is a hash of is in the bundle: eight digits are soon tried."""
    hidden = Pseudonyms()
    line = (
        b'{"kind":"header","schema":1,"settings":"58bc218b8e77","config":{"api":{"account_id":%s}}}'
    )
    assert b"58bc218b8e77" in hidden.line(line % b"null")
    told = json.loads(hidden.line(line % b"61482208"))
    assert (told["settings"], told["config"]["api"]["account_id"]) == ("", 1)


def test_nothing_is_written_over(theirs: Path, tmp_path: Path) -> None:
    target = tmp_path / "b.zip"
    target.write_text("mine")
    ended = run("bundle", theirs, "--out", target)
    assert ended.returncode == 9
    assert ended.stderr == f"trace: {target} is there already: name another with --out\n"
    assert target.read_text() == "mine"


def test_what_cannot_be_finished_is_not_left_behind(theirs: Path, tmp_path: Path) -> None:
    target = tmp_path / "b.zip"
    with Trace(theirs) as trace:
        with theirs.open("ab") as file:
            file.write(b"{}\n")
        with pytest.raises(ValueError):
            bundle(trace, target, gather({}, None))
    assert not target.exists()


def test_the_command_knows_the_login_from_the_environment(theirs: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tools.trace", "bundle", str(theirs), "--out"]
    done = subprocess.run(
        [*command, str(tmp_path / "b.zip"), "--no-market", "--json"],
        cwd=ROOT, env={**os.environ, **LOGIN}, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert [row["name"] for row in json.loads(done.stdout)][-1] == "about.json"
    with ZipFile(tmp_path / "b.zip") as zip_:
        content = b"".join(zip_.read(name) for name in zip_.namelist())
    assert not [one for one in PRIVATE if one.encode() in content]
