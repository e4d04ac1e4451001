"""What an operating system says of its sleep settings, as their commands print it."""

import pytest

from tools.console.checks import Result
from tools.console.sleep import gnome, logind, pmset, powercfg, sleep

PASS, WARN, FAIL = Result

PMSET = """\
Battery Power:
 lowpowermode         1
 disksleep            10
 sleep                1
 displaysleep         2
AC Power:
 Sleep On Power Button 1
 lowpowermode         0
 standby              1
 disksleep            10
 sleep                {}
 displaysleep         10
"""
POWERCFG = """\
Power Scheme GUID: 381b4222-f694-41f0-9685-ff5bb260df2e  (Balanced)
  GUID Alias: SCHEME_BALANCED
  Subgroup GUID: 238c9fa8-0aad-41ed-83f4-97be242c8f20  (Sleep)
    GUID Alias: SUB_SLEEP
    Power Setting GUID: 29f6c1db-86da-48c5-9fdb-f2b67b1f44da  (Sleep after)
      GUID Alias: STANDBYIDLE
      Minimum Possible Setting: 0x00000000
      Maximum Possible Setting: 0xffffffff
      Possible Settings increment: 0x00000001
      Possible Settings units: Seconds
    Current AC Power Setting Index: 0x{:08x}
    Current DC Power Setting Index: 0x00000384

"""
GERMAN = """\
    GUID der Energieeinstellung: 29f6c1db-86da-48c5-9fdb-f2b67b1f44da  (Deaktivierung nach)
      GUID-Alias: STANDBYIDLE
      Einheiten fuer Einstellungen: Sekunden
    Index der aktuellen Wechselstromeinstellung: 0x00000708
    Index der aktuellen Gleichstromeinstellung: 0x00000384
"""


@pytest.mark.parametrize(
    ("said", "when"),
    [
        (PMSET.format(0), ""),
        (PMSET.format(15), "after 15 minutes"),
        ("", None),
        ("AC Power:", None),
    ],
)
def test_macos_tells_by_the_line_of_mains_power(said: str, when: str | None) -> None:
    assert pmset(said) == when


@pytest.mark.parametrize(
    ("said", "when"),
    [
        (POWERCFG.format(0), ""),
        (POWERCFG.format(1800), "after 30 minutes"),
        (GERMAN, "after 30 minutes"),
        ('Invalid Parameters -- try "/?" for help', None),
        ("", None),
    ],
)
def test_windows_tells_in_seconds_and_in_any_language(said: str, when: str | None) -> None:
    assert powercfg(said) == when


@pytest.mark.parametrize(
    ("kind", "seconds", "when"),
    [
        ("'nothing'\n", "uint32 900\n", ""),
        ("'suspend'\n", "0\n", ""),
        ("'suspend'\n", "900\n", "(suspend after 15 minutes)"),
        ("'hibernate'\n", "", "(hibernate)"),
        ("", "", None),
    ],
)
def test_gnome_tells_kind_and_time(kind: str, seconds: str, when: str | None) -> None:
    assert gnome(kind, seconds) == when


def test_logind_settles_it_only_where_it_acts() -> None:
    assert logind('s "suspend"\n') == "when idle (suspend)"
    assert logind('s "ignore"\n') is None
    assert logind("") is None


@pytest.mark.parametrize(
    ("platform", "answers", "result", "words"),
    [
        ("linux", {"systemctl": "masked\n"}, PASS, "does not sleep"),
        ("linux", {"gsettings": "'nothing'\n"}, PASS, "does not sleep"),
        ("linux", {"gsettings": "'suspend'\n"}, FAIL, "systemctl mask"),
        ("linux", {"gsettings": "'nothing'\n", "busctl": 's "suspend"'}, FAIL, "when idle"),
        ("linux", {"systemctl": "loaded\n", "busctl": 's "ignore"'}, WARN, "does not tell"),
        ("darwin", {"pmset": PMSET.format(0)}, PASS, "does not sleep"),
        ("darwin", {"pmset": PMSET.format(10)}, FAIL, "pmset -c sleep 0"),
        ("darwin", {}, WARN, "caffeinate"),
        ("win32", {"powercfg": POWERCFG.format(0)}, PASS, "does not sleep"),
        ("win32", {"powercfg": GERMAN}, FAIL, "standby-timeout-ac 0"),
        ("win32", {}, WARN, "powercfg"),
        ("freebsd", {}, WARN, "does not tell"),
    ],
)
def test_each_system_is_asked_in_its_own_way(
    platform: str, answers: dict[str, str], result: Result, words: str
) -> None:
    found = sleep(platform, lambda *command: answers.get(command[0], ""))
    assert found.result is result
    assert words in found.found


def test_a_command_that_is_not_there_tells_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    assert {sleep(each).result for each in ("linux", "darwin", "win32")} == {WARN}
