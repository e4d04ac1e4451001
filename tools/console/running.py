"""Whether an engine of this machine trades the account."""

from filelock import FileLock, Timeout

from tools.console.command import Stopped
from tools.console.desk import Desk


def engine_runs(desk: Desk) -> bool:
    """By the lock that an engine holds on its account. Raises Stopped where it cannot be tried."""
    from gateway.live import account_lock  # signalrcore starts slowly

    path = account_lock(desk.venue.api.base_url, desk.session())
    try:
        with FileLock(path, timeout=0):
            return False
    except Timeout:
        return True
    except OSError as error:
        raise Stopped(f"lock: {path}: {error.strerror}: mend the folder", 9) from error
