"""The gateway of a live run: access, ports and the emergency lane, from settings."""

import hashlib
import tempfile
import threading
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from pathlib import Path

from filelock import FileLock, Timeout

from config.schema import Api, Settings, Supervision
from gateway import embedded
from gateway.access import Access
from gateway.contracts import Instruments
from gateway.emergency import Lane
from gateway.hub_protocol import Limits
from gateway.hub_shell import Emit, HubPort
from gateway.redaction import Redactor, guard
from gateway.rest import RestCore
from gateway.rest_shell import Carrier, RestPort
from gateway.sentinel import Tether
from gateway.sentinel.words import Charge
from gateway.session import Session, establishing
from messages.base import SECOND, Nanos
from messages.hub import Hub

SWEEP_S = 2.0
"""How much longer the sentinel sweeps than a request may be under way."""
OUTLAST_S = 60.0
TRY_S, TRY_HERE_S = 900.0, 15.0
"""How long a sentinel tries to prove an account flat, and how long at a venue on this machine: a
simulator that does not answer has ended, and the account with it.
"""


class LiveGateway:
    """One credential, one account, real sockets. Nothing is connected before `establish`."""

    def __init__(self, api: Api, user: str, key: str, clock: Callable[[], Nanos]) -> None:
        self.base_url = api.base_url
        self.redact = Redactor()
        guard(self.redact)
        self._api = api
        self._credentials = user, key
        self._clock = clock
        self._instruments = Instruments()
        """One table for REST and hubs: what REST looks up, the hubs then know too."""
        self._access = Access(user, key, threading.Lock(), self.redact.learn)
        self._carrier = Carrier(
            api.base_url, clock, api.connect_timeout_s, api.read_timeout_s, api.query_attempts
        )

    def establish(self, contracts: tuple[str, ...]) -> Session:
        """Log in, choose the account, resolve the contracts. Raises SessionFailed."""
        plan = establishing(self._access, self._api.account_id, contracts)
        session = self._carrier.carry(plan)
        self._instruments = Instruments(session.instruments)
        return session

    def rest(self, session: Session) -> RestPort:
        core = RestCore(self._access, self._instruments, session.account.id)
        return RestPort(self._carrier, core)

    def hubs(
        self, session: Session, emit: Mapping[Hub, Emit], heartbeat_interval_s: float
    ) -> HubPort:
        addresses = {Hub.MARKET: self._api.ws_url, Hub.USER: self._api.user_hub_url}
        return HubPort(
            addresses,
            self._access,
            self._instruments,
            session.account.id,
            self._clock,
            emit,
            self._api.connect_timeout_s,
            Limits(heartbeat=int(heartbeat_interval_s * SECOND)),
            self._api.streams,
        )

    def lane(self, session: Session) -> Lane:
        """The emergency lane. It is told the current token, because a login of its own could end
        the hubs' session; what it sends is counted, being of the same budget.
        """
        return Lane(
            self.base_url,
            session.account.id,
            self._token,
            record=self._carrier.record,
            credentials=self._credentials,
            learn=self.redact.learn,
        )

    def tether(self, session: Session, supervision: Supervision, log: Path) -> Tether:
        """A sentinel over the account, started and watching. Raises SentinelFailed."""
        api, (user, key) = self._api, self._credentials
        charge = Charge(
            self.base_url,
            session.account.id,
            self._token(),
            user,
            key,
            supervision.silence_s,
            api.connect_timeout_s + api.read_timeout_s + SWEEP_S,
            TRY_HERE_S if api.here else TRY_S,
            str(sentinel_lock(self.base_url, session)),
        )
        lease = int(supervision.lease_s * SECOND)
        return Tether(charge, log, self._clock, self._token, lease)

    def close(self) -> None:
        self._carrier.close()

    def _token(self) -> str:
        return "" if self._access.token is None else self._access.token.text


def reach(
    settings: Settings, epoch: Nanos | None, wall: Nanos, journal: Path, held: ExitStack
) -> tuple[Api, str, str]:
    """Addresses, user name and key: of the embedded simulator, which is started here and ends with
    `held`, or of the settings. Raises EmbeddedFailed.
    """
    if not settings.simulator.embedded:
        name, key = settings.credentials.username, settings.credentials.api_key
        assert name is not None, "the settings were loaded with credentials"
        assert key is not None, "the settings were loaded with credentials"
        return settings.api, name.get_secret_value(), key.get_secret_value()
    log = settings.logs.directory / "simulator.log"
    errors = held.enter_context(log.open("w", encoding="utf-8"))
    venue = embedded.start(embedded.options(settings, epoch, wall, journal), errors)
    held.callback(venue.close)
    return settings.api.model_copy(update=venue.addresses.settings()), embedded.USER, embedded.KEY


def account_name(base_url: str, session: Session) -> str:
    """An account, and where it is: an embedded simulator's port, and so its account, is new each
    time.
    """
    return f"{base_url}:{session.account.id}"


def account_lock(base_url: str, session: Session) -> Path:
    """The file that the one engine of an account holds locked: the same for every folder it may be
    started from.
    """
    name = hashlib.sha256(account_name(base_url, session).encode()).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"failflat-{name}.lock"


class SentinelBusy(Exception):
    """The sentinel of an engine that died still holds the account; the text is for the user."""


def outlast(lock: Path, say: Callable[[str], object]) -> None:
    """Wait until the sentinel of an engine that died a moment ago has closed the account and let go
    of it: two that close at once would open the other side. Raises SentinelBusy.
    """
    try:
        with FileLock(lock, timeout=0):
            return
    except Timeout:
        say("the sentinel of the engine before is closing the account: waiting for it\n")
    try:
        with FileLock(lock, timeout=OUTLAST_S):
            return
    except Timeout:
        words = f"the sentinel of the engine before has not closed the account in {OUTLAST_S:g} s"
        raise SentinelBusy(f"{words} (it holds {lock}): see sentinel.log") from None


def sentinel_lock(base_url: str, session: Session) -> Path:
    """The file that the one sentinel of an account holds locked, its engine's end outlasting."""
    return account_lock(base_url, session).with_suffix(".sentinel.lock")
