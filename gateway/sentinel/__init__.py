"""The third way to flat: a process of its own that outlives the engine (docs/decisions/0020).

`tether` is the engine's end of the pipe, `__main__` the process, `vigil` its judgement whether the
engine lives, `words` what the two say to each other, `gate` what no entry passes without a lease.
"""

from gateway.sentinel.gate import Gate
from gateway.sentinel.tether import SentinelFailed, Tether

__all__ = ["Gate", "SentinelFailed", "Tether"]
