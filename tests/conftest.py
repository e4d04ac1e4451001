"""What all tests share: the same examples in every run, without a deadline that a slow machine
misses. `--hypothesis-profile=search` draws others.
"""

import gc

from hypothesis import settings

settings.register_profile("same", deadline=None, derandomize=True)
settings.register_profile("search", deadline=None, derandomize=False)
settings.load_profile("same")


def pytest_collection_finish() -> None:
    """What is imported by now stays. Looked through by every collection of garbage, it costs a
    virtual session a sixth of its time; the engine does the same when it starts.
    """
    gc.collect()
    gc.freeze()
