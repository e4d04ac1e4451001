"""The first line of a trace: what the session was made of."""

import platform
import subprocess
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

LIBRARIES = ("pykka", "signalrcore", "requests", "numpy", "torch", "msgspec")
"""Those whose version can change what a session does."""


def header(root: Path, facts: Mapping[str, Any]) -> dict[str, Any]:
    """`facts` with the commit of the checkout at `root` and the versions that it ran on."""
    versions = {"python": platform.python_version(), "system": platform.platform()}
    versions |= {name: version(name) for name in LIBRARIES}
    return {**facts, "commit": _commit(root), "versions": versions}


def _commit(root: Path) -> str:
    """The commit checked out, `+` where files differ from it; empty outside a checkout."""
    try:
        said = subprocess.run(
            ["git", "describe", "--always", "--dirty=+", "--abbrev=40", "--exclude=*"],
            cwd=root,
            capture_output=True,
            text=True,
            timeout=5,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return said.stdout.strip()
