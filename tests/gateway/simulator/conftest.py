"""The client and the simulated venue, both as they ship: its process, real HTTP, real hubs."""

import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator

import pytest

from gateway.access import Access
from gateway.contracts import Instruments
from gateway.rest import RestCore
from gateway.rest_shell import Carrier, RestPort
from gateway.session import Session, establishing
from tests.gateway.simulator.bench import PATIENCE_S, ROOT


@pytest.fixture(scope="module")
def venue() -> Iterator[dict[str, str]]:
    """A simulator of its own; it ends with its standard input."""
    command = [sys.executable, "-m", "tools.simulator", "--port", "0", "--with-parent"]
    with subprocess.Popen(
        command,
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdin is not None
        line = process.stdout.readline()
        assert line, "the simulator ended before it was ready"
        yield json.loads(line)
        process.stdin.close()
        process.wait(PATIENCE_S)


@pytest.fixture(scope="module")
def carrier(venue: dict[str, str]) -> Iterator[Carrier]:
    opened = Carrier(venue["rest"], time.time_ns, read_timeout=PATIENCE_S)
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def renewal() -> threading.Lock:
    """Held by whoever replaces the token."""
    return threading.Lock()


@pytest.fixture(scope="module")
def access(renewal: threading.Lock) -> Access:
    return Access("demo", "demo", renewal)


@pytest.fixture(scope="module")
def session(carrier: Carrier, access: Access) -> Session:
    return carrier.carry(establishing(access, None, ["MES"]))


@pytest.fixture(scope="module")
def port(carrier: Carrier, access: Access, session: Session) -> RestPort:
    table = Instruments(session.instruments)
    return RestPort(carrier, RestCore(access, table, session.account.id))
