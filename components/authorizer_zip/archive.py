"""Writes a zip whose bytes depend on its entries alone: no clock, no order of files, no zlib.

Wheels are zips, and the lock pins their hashes. Their entries are copied still compressed; our own
files are stored. Compressing again would give other bytes on a machine whose Python has another
zlib, and every deploy from there would publish a new version.
Source: PKWARE APPNOTE.TXT 6.3, sections 4.3.7, 4.3.12 and 4.3.16.
"""

import struct
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_STORED: Final = 0
_EPOCH: Final = (
    0,
    (1 << 5) | 1,
)  # time and date of 1 January 1980, the earliest that a zip can hold
_VERSION: Final = 20
_UNIX: Final = 3
_REGULAR_FILE: Final = 0o100644 << 16  # Lambda runs as another user: readable by all
_LOCAL: Final = struct.Struct("<4s5H3L2H")
_CENTRAL: Final = struct.Struct("<4s6H3L5H2L")
_END: Final = struct.Struct("<4s4H2LH")


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchiveEntry:
    """One file of the archive."""

    name: str
    method: int
    checksum: int
    size: int
    content: bytes  # compressed by ``method``


def stored(name: str, content: bytes) -> ArchiveEntry:
    """An uncompressed file."""
    return ArchiveEntry(
        name=name,
        method=_STORED,
        checksum=zlib.crc32(content),
        size=len(content),
        content=content,
    )


def entries_of(wheel: Path) -> Iterator[ArchiveEntry]:
    """The files of a wheel, still compressed."""
    raw = wheel.read_bytes()
    with zipfile.ZipFile(wheel) as archive:
        for info in archive.infolist():
            if info.is_dir():
                continue
            header = _LOCAL.unpack_from(raw, info.header_offset)
            name_length, extra_length = header[-2:]
            start = info.header_offset + _LOCAL.size + name_length + extra_length
            yield ArchiveEntry(
                name=info.filename,
                method=info.compress_type,
                checksum=info.CRC,
                size=info.file_size,
                content=raw[start : start + info.compress_size],
            )


def archive(entries: Iterable[ArchiveEntry]) -> bytes:
    """The zip of these files, in the order of their names."""
    ordered = sorted(entries, key=lambda entry: entry.name)
    body = bytearray()
    directory = bytearray()
    for entry in ordered:
        name = entry.name.encode("ascii")
        common = (entry.method, *_EPOCH, entry.checksum, len(entry.content), entry.size, len(name))
        directory += _CENTRAL.pack(
            b"PK\x01\x02",
            (_UNIX << 8) | _VERSION,
            _VERSION,
            0,
            *common,
            0,
            0,
            0,
            0,
            _REGULAR_FILE,
            len(body),
        )
        directory += name
        body += _LOCAL.pack(b"PK\x03\x04", _VERSION, 0, *common, 0)
        body += name
        body += entry.content
    count = len(ordered)
    end = _END.pack(b"PK\x05\x06", 0, 0, count, count, len(directory), len(body), 0)
    return bytes(body + directory + end)
