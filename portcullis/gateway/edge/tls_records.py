"""Follows where TLS records end in the bytes of a connection (RFC 8446 section 5.1)."""

_APPLICATION_DATA = b"\x17"
_HEADER_BYTES = 5


class RecordBoundaries:
    """Reads the header of each record only: type, version, length."""

    def __init__(self) -> None:
        self._header = b""  # of the record that begins, as far as it has arrived
        self._left = 0  # bytes of the record that has begun

    def feed(self, data: bytes) -> bool:
        """Whether the data is one whole record of application data, no more and no less."""
        if not self._left and not self._header and data[:1] == _APPLICATION_DATA:
            length = int.from_bytes(data[3:_HEADER_BYTES])
            if len(data) == _HEADER_BYTES + length:
                return True
        at = 0
        while at < len(data):
            if self._left:
                used = min(self._left, len(data) - at)
                self._left -= used
            else:
                used = _HEADER_BYTES - len(self._header)
                self._header += data[at : at + used]
                if len(self._header) == _HEADER_BYTES:
                    self._left, self._header = int.from_bytes(self._header[3:]), b""
            at += used
        return False
