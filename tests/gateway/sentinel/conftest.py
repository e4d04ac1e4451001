from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.gateway.one_position import serving
from tests.gateway.sentinel.bench import Post


@pytest.fixture
def post(tmp_path: Path) -> Iterator[Post]:
    with serving() as venue:
        made = Post(venue, tmp_path)
        yield made
        made.end()
