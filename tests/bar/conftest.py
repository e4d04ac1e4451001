"""The room that most tests of it need."""

import pytest

from tests.bar.room import Room


@pytest.fixture
def room() -> Room:
    return Room()
