"""Errors of keys and certificates, each with the next command.

PkiError
├── AuthorityMissingError      no CA there yet
├── AuthorityIncompleteError   some of its files are gone
├── AuthorityBrokenError       its files do not match, or cannot be parsed
├── KeyExposedError            other users could read a private key
├── AuthorityExpiredError      it can no longer sign
├── KeyIdentifierMissingError  its certificate has no subject key identifier
├── TruststoreMismatchError    the bundle does not trust the CA beside it
├── NotIssuedError             no certificate of that client is on record
├── InventoryError             SQLite cannot use the inventory
├── StorageError               a file cannot be read or written (exit code 2)
└── LockedError                another process is writing there
PkiMisuseError (exit code 2)
├── AuthorityExistsError       there is a CA already
├── OutputExistsError          a client's file exists already
├── IdentityError              a name that cannot go into a certificate or a file name
├── LifetimeError              a lifetime that is not positive, or outlives the issuer
├── CertificateFileError       a file that holds no certificate
└── PassphraseError            a passphrase that is missing, too short, or not ASCII
"""

import errno
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from cryptography import x509

from portcullis.errors import ExitCode, MisuseError, PortcullisError
from portcullis.pki.identifiers import serial_text

_WRONG_PATH = (errno.ENOENT, errno.ENOTDIR, errno.EISDIR, errno.ENAMETOOLONG, errno.ELOOP)


class PkiError(PortcullisError):
    """Keys or certificates on disk cannot be used."""


class PkiMisuseError(MisuseError):
    """An argument that the PKI does not accept."""


class AuthorityMissingError(PkiError):
    def __init__(self, folder: Path) -> None:
        super().__init__(
            f"There is no certificate authority in {folder}. If it is elsewhere, name its folder "
            "with --pki or PORTCULLIS_PKI. To make one: portcullis certs init"
        )


class AuthorityIncompleteError(PkiError):
    def __init__(self, folder: Path, missing: Sequence[str]) -> None:
        self.missing = tuple(missing)
        super().__init__(
            f"The certificate authority in {folder} lacks {', '.join(missing)}. Restore "
            "what is missing from a backup; or start a new authority, which moves this one aside "
            "and invalidates every certificate it issued: portcullis certs init --force"
        )


class AuthorityBrokenError(PkiError):
    def __init__(self, path: Path, what: str) -> None:
        super().__init__(
            f"{path}: {what}. Restore the folder {path.parent} from a backup, or start a new "
            "authority, which moves this one aside: portcullis certs init --force"
        )


class KeyIdentifierMissingError(PkiError):
    def __init__(self, certificate: x509.Certificate) -> None:
        super().__init__(
            f"The CA certificate {certificate.subject.rfc4514_string()} has no subject key "
            "identifier, which RFC 5280 section 4.2.1.2 requires. Make a CA that has one: "
            "portcullis certs init"
        )


class KeyExposedError(PkiError):
    def __init__(self, path: Path, mode: int) -> None:
        super().__init__(
            f"The private key {path} has mode {mode:04o}, so that others on this machine can read "
            f"or replace it. If nobody did, run: chmod 600 {path}"
        )


class AuthorityExpiredError(PkiError):
    def __init__(self, path: Path, not_after: datetime) -> None:
        super().__init__(
            f"The CA certificate {path} ended at {not_after:%Y-%m-%d %H:%M} UTC, so nothing that "
            "it signed is trusted. Start a new authority, which moves this one aside: "
            "portcullis certs init --force"
        )


class TruststoreMismatchError(PkiError):
    def __init__(self, path: Path, folder: Path) -> None:
        super().__init__(
            f"{path} does not hold the certificates of the authority in {folder}, so that "
            "authority's certificates would be refused. If nobody edited the file on purpose, move "
            f"it away and it is built again: mv {path} {path}.old"
        )


class NotIssuedError(PkiError):
    def __init__(self, client: str, folder: Path, serial_number: int | None = None) -> None:
        which = "" if serial_number is None else f" with serial number {serial_text(serial_number)}"
        super().__init__(
            f"No certificate{which} of client {client!r} that could still be used is on record in "
            f"{folder}. See what was issued: portcullis certs list"
        )


class InventoryError(PkiError):
    def __init__(self, path: Path, error: Exception) -> None:
        super().__init__(
            f"{path} cannot be used: {error}. Wait until no other command is running and check "
            "that the disk has room, then run the command again. If that does not help, delete the "
            "file: it is rebuilt from the certificates beside it."
        )


class StorageError(PkiError):
    exit_code = ExitCode.MISUSE  # as every file that cannot be read or written

    def __init__(self, path: Path, error: OSError) -> None:
        fix = "Correct the path"
        if error.errno not in _WRONG_PATH:
            fix = "Check that the disk has room and that you may write there"
        super().__init__(
            f"{path} cannot be read or written: {error.strerror or error}. {fix}, then run the "
            "command again."
        )


class LockedError(PkiError):
    def __init__(self, path: Path, seconds: float) -> None:
        super().__init__(
            f"Another process has been writing certificates for {seconds:g} seconds (lock {path}). "
            "Wait until it has ended, then run the command again."
        )


class AuthorityExistsError(PkiMisuseError):
    def __init__(self, folder: Path) -> None:
        super().__init__(
            f"There is a certificate authority in {folder} already. To use it, go on with: "
            "portcullis certs issue CLIENT. To replace it (the old one is moved aside, and every "
            "certificate it issued stops working): portcullis certs init --force"
        )


class OutputExistsError(PkiMisuseError):
    def __init__(self, path: Path, next_step: str) -> None:
        super().__init__(f"{path} exists and is not overwritten. {next_step}")


class IdentityError(PkiMisuseError):
    """``what`` is the kind of name: client id, host, SAN URI, SAN DNS name."""

    def __init__(self, what: str, value: str, accepted: str) -> None:
        super().__init__(f"{value[:100]!r} is not a valid {what}. Accepted: {accepted}")


class LifetimeError(PkiMisuseError):
    pass


class CertificateFileError(PkiMisuseError):
    pass


class PassphraseError(PkiMisuseError):
    pass
