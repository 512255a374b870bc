"""The SQLite file of the inventory: its tables, and making it where it cannot be used."""

import os
import sqlite3
from pathlib import Path
from typing import Final

from portcullis import files
from portcullis.pki import atomic

SCHEMA_VERSION: Final = 1  # another number is rebuilt, not migrated: everything is in the folders
_SCHEMA: Final = f"""
PRAGMA journal_mode = MEMORY;
CREATE TABLE certificates (
    generation TEXT NOT NULL,
    serial TEXT NOT NULL,
    client TEXT NOT NULL,
    not_before INTEGER NOT NULL,
    not_after INTEGER NOT NULL,
    der BLOB NOT NULL,
    PRIMARY KEY (generation, serial)
) WITHOUT ROWID;
CREATE INDEX by_client ON certificates (client);
CREATE TABLE revocations (
    generation TEXT NOT NULL,
    serial TEXT NOT NULL,
    reason TEXT NOT NULL,
    revoked_at INTEGER NOT NULL,
    position INTEGER PRIMARY KEY,
    UNIQUE (generation, serial)
);
CREATE TABLE lists (
    generation TEXT PRIMARY KEY,
    number INTEGER NOT NULL,
    digest TEXT NOT NULL
);
PRAGMA user_version = {SCHEMA_VERSION};
"""
_LOCK_SECONDS: Final = 30.0


def connect(path: Path) -> sqlite3.Connection:
    """The file of this version; a file that is missing, damaged or of another version is made."""
    connection = _existing(path)
    if connection is not None:
        return connection
    atomic.make_private_folder(path.parent)
    draft = files.draft_path(path)
    with atomic.reported(path):
        os.close(os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, atomic.PRIVATE_FILE))
        connection = sqlite3.connect(draft)
        try:
            connection.executescript(_SCHEMA)
        finally:
            connection.close()
        # SQLite would take the journal of the lost file for one of the new file.
        path.with_name(f"{path.name}-journal").unlink(missing_ok=True)
        files.put({path: draft})
    return sqlite3.connect(path, timeout=_LOCK_SECONDS)


def _existing(path: Path) -> sqlite3.Connection | None:
    if not path.is_file():
        return None
    connection = sqlite3.connect(path, timeout=_LOCK_SECONDS)
    try:
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        (health,) = connection.execute("PRAGMA quick_check(1)").fetchone()
    except sqlite3.DatabaseError as error:
        connection.close()
        if isinstance(error, sqlite3.OperationalError):  # locked, or no permission
            raise
        return None
    if (version, health) == (SCHEMA_VERSION, "ok"):
        return connection
    connection.close()
    return None
