"""Which venue a tool talks to: a running simulator, or with --live the real account."""

from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

import msgspec

from config.loading import load
from config.schema import Api, Settings
from tools.console.command import Stopped

ROOT = Path(__file__).resolve().parents[2]
LIVE = ROOT / "config" / "live_trading.yaml"
VARIABLE = "FAILFLAT_URL"
DEFAULT_URL = "http://127.0.0.1:8765"
DEMO = "demo"
"""User name and key of the simulator; no real login is ever sent to it."""

_HERE = frozenset({"127.0.0.1", "localhost", "::1"})


class Target(msgspec.Struct, frozen=True):
    """A venue, the login for it, and the settings a run there would use."""

    api: Api
    user: str
    key: str
    settings: Settings
    live: bool
    warnings: tuple[str, ...] = ()

    def __repr__(self) -> str:
        """Without the key."""
        return f"Target({self.api.base_url})"


def target(url: str | None, live: bool, environ: Mapping[str, str], dotenv: Path | None) -> Target:
    """The venue of `--url` or `--live`; without either that of FAILFLAT_URL, else DEFAULT_URL.

    Raises Stopped and SettingsError.
    """
    if live and url is not None:
        raise Stopped("usage: --url is for a simulator: leave it out with --live", 2)
    if live:
        return real(LIVE, environ, dotenv)
    return simulated(url or environ.get(VARIABLE) or DEFAULT_URL, environ)


def real(path: Path, environ: Mapping[str, str], dotenv: Path | None) -> Target:
    """The account that a settings file trades. Raises SettingsError."""
    loaded = load(path, environ=environ, dotenv=dotenv)
    settings = loaded.settings
    user, key = settings.credentials.username, settings.credentials.api_key
    if user is None or key is None:
        raise Stopped(f"settings: {path.name}: simulator.embedded must be false for --live", 3)
    login = (user.get_secret_value(), key.get_secret_value())
    return Target(settings.api, *login, settings, True, loaded.warnings)


def simulated(url: str, environ: Mapping[str, str]) -> Target:
    """The simulator at an address of this machine. Raises Stopped."""
    base = url.rstrip("/")
    try:
        parts = urlsplit(base)
        usable = (
            parts.scheme == "http" and parts.hostname in _HERE and parts.port and not parts.path
        )
    except ValueError:
        usable = False
    if not usable:
        words = f"usage: {url} is no simulator's address: give one such as {DEFAULT_URL}"
        raise Stopped(f"{words}, or --live for the real account", 2)
    settings = load(None, environ=environ).settings
    hubs = f"ws{base.removeprefix('http')}/hubs"
    addresses = {"base_url": base, "ws_url": f"{hubs}/market", "user_hub_url": f"{hubs}/user"}
    return Target(settings.api.model_copy(update=addresses), DEMO, DEMO, settings, False)
