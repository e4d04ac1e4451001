"""SignalR records: JSON texts that each end in 0x1E, however they are cut into frames."""

from gateway.wire import WireError

SEPARATOR = b"\x1e"
LONGEST = 16 * 1024 * 1024
"""No record is longer; the first depth of a contract runs to hundreds of kilobytes (gateway.md
7.1).
"""


class Framer:
    """Cuts a stream of bytes into whole records; a record may span frames, a frame hold many."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, data: bytes) -> list[bytes]:
        """The records completed by this data. Raises WireError for a record without an end."""
        if self._rest:
            data = self._rest + data
        records = data.split(SEPARATOR)
        self._rest = records.pop()
        if len(self._rest) > LONGEST:
            self._rest = b""
            raise WireError(f"a record runs over {LONGEST} bytes")
        return records
