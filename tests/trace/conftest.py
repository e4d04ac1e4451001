"""One virtual session for the tests that ask about it."""

import pytest

from tests.trace.bench import Session, traced


@pytest.fixture(scope="session")
def session(tmp_path_factory: pytest.TempPathFactory) -> Session:
    """Four minutes with lost brackets in them, so that there are flattens to explain too."""
    return traced(tmp_path_factory.mktemp("traced"), 240, "--faults", "cancel_brackets@60:30")
