"""What all tests share: the same examples in every run, without a deadline that a slow machine
misses. `--hypothesis-profile=search` draws others.
"""

from hypothesis import settings

settings.register_profile("same", deadline=None, derandomize=True)
settings.register_profile("search", deadline=None, derandomize=False)
settings.load_profile("same")
