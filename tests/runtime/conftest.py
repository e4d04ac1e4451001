"""The bench fixtures: the conformance suite runs once over each runtime."""

from collections.abc import Iterator

import pytest

from tests.runtime.bench import Bench, Subject, ThreadedBench, VirtualBench


@pytest.fixture(params=[VirtualBench, ThreadedBench], ids=["virtual", "threaded"])
def bench(request: pytest.FixtureRequest) -> Iterator[Bench]:
    made: Bench = request.param()
    yield made
    made.close()


@pytest.fixture
def subject(bench: Bench) -> Bench:
    bench.runtime.spawn("order", Subject)
    bench.settle()
    return bench
