"""The fixture of the risk room's tests."""

import pytest

from tests.risk.bench import Desk


@pytest.fixture
def desk() -> Desk:
    return Desk()
