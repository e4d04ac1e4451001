"""Whether this machine goes to sleep by itself: what its operating system says, and what to do."""

import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from typing import TypeAlias

from tools.console.checks import Check, Result

Say: TypeAlias = Callable[..., str]
"""What a command prints; nothing where it is not there or fails."""

_ADVICE = {
    "linux": "systemctl mask sleep.target suspend.target, or run it under systemd-inhibit",
    "darwin": "sudo pmset -c sleep 0, or run it under caffeinate -i",
    "win32": "powercfg /change standby-timeout-ac 0 and hibernate-timeout-ac 0",
}
_COMMAND_S = 5


def sleep(platform: str = sys.platform, say: Say | None = None) -> Check:
    """PASS where the machine is known to stay awake on mains power, FAIL where it is known to go to
    sleep, WARN where it does not tell.
    """
    ask = _said if say is None else say
    known = {"darwin": _macos, "linux": _linux, "win32": _windows}.get(platform)
    when = None if known is None else known(ask)
    advice = _ADVICE.get(platform, "switch sleep off in its power settings")
    if when is None:
        return Check("sleep", Result.WARN, f"this machine does not tell: {advice}")
    if when:
        return Check("sleep", Result.FAIL, f"this machine sleeps {when}: {advice}")
    return Check("sleep", Result.PASS, "this machine does not sleep by itself on mains power")


def _macos(say: Say) -> str | None:
    return pmset(say("pmset", "-g", "custom"))


def _windows(say: Say) -> str | None:
    found = [
        powercfg(say("powercfg", "/query", "SCHEME_CURRENT", "SUB_SLEEP", setting))
        for setting in ("STANDBYIDLE", "HIBERNATEIDLE")
    ]
    if any(found):
        return next(when for when in found if when)
    return None if None in found else ""


def _linux(say: Say) -> str | None:
    """Masked targets settle it; else the desktop, or logind, may put the machine to sleep."""
    if say("systemctl", "show", "-p", "LoadState", "--value", "suspend.target").strip() == "masked":
        return ""
    power = "org.gnome.settings-daemon.plugins.power"
    desktop = gnome(
        say("gsettings", "get", power, "sleep-inactive-ac-type"),
        say("gsettings", "get", power, "sleep-inactive-ac-timeout"),
    )
    login = ("org.freedesktop.login1", "/org/freedesktop/login1", "org.freedesktop.login1.Manager")
    return logind(say("busctl", "get-property", *login, "IdleAction")) or desktop


def pmset(said: str) -> str | None:
    """`pmset -g custom`: under `AC Power:` the line ` sleep  10`, in minutes, 0 for never."""
    mains = said.partition("AC Power:")[2]
    for line in mains.splitlines():
        parts = line.split()
        if parts[:1] == ["sleep"] and len(parts) > 1:
            return "" if parts[1] == "0" else f"after {parts[1]} minutes"
    return None


def powercfg(said: str) -> str | None:
    """`powercfg /query`, in any language: the last two hexadecimal values are the seconds on mains
    and on battery, 0 for never.
    """
    values = re.findall(r":\s*0x([0-9a-fA-F]{8})\s*$", said, re.MULTILINE)
    if len(values) < 2:
        return None
    seconds = int(values[-2], 16)
    return f"after {seconds / 60:g} minutes" if seconds else ""


def gnome(kind: str, seconds: str) -> str | None:
    """`gsettings get`: `'nothing'` or `'suspend'`, and a number, 0 for never."""
    kind, seconds = kind.strip().strip("'"), seconds.strip()
    if not kind:
        return None
    if kind == "nothing" or seconds == "0":
        return ""
    return f"({kind} after {int(seconds) / 60:g} minutes)" if seconds.isdecimal() else f"({kind})"


def logind(said: str) -> str | None:
    """`busctl get-property ... IdleAction`: `s "suspend"`. What it ignores a desktop may do."""
    action = said.strip().removeprefix("s ").strip('"')
    return f"when idle ({action})" if action and action not in _HARMLESS else None


_HARMLESS = ("ignore", "lock")


def _said(*command: str) -> str:
    path = shutil.which(command[0])
    if path is None:
        return ""
    try:
        done = subprocess.run(
            [path, *command[1:]], capture_output=True, text=True, timeout=_COMMAND_S, check=True
        )
    except (OSError, subprocess.SubprocessError, UnicodeDecodeError):
        return ""
    return done.stdout
