"""Virtual sessions for the tests that ask about them."""

import pytest

from tests.trace.bench import Lines, Session, read, traced


@pytest.fixture(scope="session")
def session(tmp_path_factory: pytest.TempPathFactory) -> Session:
    """Four minutes with lost brackets in them, so that there are flattens to explain too."""
    return traced(tmp_path_factory.mktemp("traced"), 240, "--faults", "cancel_brackets@60:30")


@pytest.fixture(scope="session")
def short(tmp_path_factory: pytest.TempPathFactory) -> Session:
    """One trade in 20 s: few lines, to plant a defect among them."""
    return traced(tmp_path_factory.mktemp("short"), 20)


@pytest.fixture(scope="session")
def whole(short: Session) -> Lines:
    return read(short.trace)
