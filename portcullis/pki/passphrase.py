"""The passphrase of a PFX: from a file, the environment or a prompt, else generated."""

import getpass
import os
import secrets
from pathlib import Path
from typing import Final

from portcullis.pki.errors import PassphraseError

MIN_LENGTH: Final = 8

# Typed by hand on a phone: lower case, without characters that look alike.
_ALPHABET: Final = "abcdefghjkmnpqrstuvwxyz23456789"
_GROUPS, _GROUP_LENGTH = 4, 5  # 20 of 31 characters: 99 bits


def generate() -> str:
    return "-".join(
        "".join(secrets.choice(_ALPHABET) for _ in range(_GROUP_LENGTH)) for _ in range(_GROUPS)
    )


def checked(passphrase: str, source: str) -> str:
    """The passphrase, if all importers accept it. The error never contains it."""
    if len(passphrase) < MIN_LENGTH:
        raise PassphraseError(
            f"The passphrase from {source} has {len(passphrase)} characters; at least {MIN_LENGTH} "
            "are needed. Choose a longer one, or name none and a strong one is generated."
        )
    if not (passphrase.isascii() and passphrase.isprintable()):
        raise PassphraseError(
            f"The passphrase from {source} has characters outside printable ASCII, which importers "
            "encode differently. Choose another, or name none and a strong one is generated."
        )
    return passphrase


def from_file(path: Path, *, is_new: bool = True) -> str:
    """The first line of the file. One that is not new opens a PFX of others, and may be weak."""
    try:
        lines = path.read_text().splitlines()
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "not text"
        raise PassphraseError(
            f"The passphrase file {path} cannot be read ({reason}). Put the passphrase into the "
            "first line of a file that only you can read."
        ) from None
    return _accepted(lines[0] if lines else "", str(path), is_new=is_new)


def from_environment(variable: str, *, is_new: bool = True) -> str:
    if variable not in os.environ:
        raise PassphraseError(
            f"The environment variable {variable}, which should hold the passphrase, is not set. "
            f"Set it, for example: read -rs {variable} && export {variable}"
        )
    return _accepted(os.environ[variable], f"environment variable {variable}", is_new=is_new)


def ask(*, is_new: bool = True) -> str:
    first = _accepted(getpass.getpass("Passphrase for the PFX: "), "the prompt", is_new=is_new)
    if is_new and getpass.getpass("Again: ") != first:
        raise PassphraseError("The two passphrases differ. Run the command again.")
    return first


def _accepted(passphrase: str, source: str, *, is_new: bool) -> str:
    return checked(passphrase, source) if is_new else passphrase
