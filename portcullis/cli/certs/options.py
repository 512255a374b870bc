"""Options that the commands of `portcullis certs` share, and the values they stand for."""

import re
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer

from portcullis.pki import passphrase
from portcullis.pki.errors import LifetimeError, PassphraseError
from portcullis.pki.pfx import PfxEncoding

Client = Annotated[str, typer.Argument(metavar="CLIENT", help="Client id, as in the registry.")]
Out = Annotated[
    Path,
    typer.Option(metavar="DIR", file_okay=False, help="Folder for CLIENT.pem, .key and .pfx."),
]
OptionalOut = Annotated[
    Path | None,
    typer.Option(metavar="DIR", file_okay=False, help="Folder for CLIENT.pem, .key and .pfx."),
]
Days = Annotated[int | None, typer.Option(min=1, max=1825, help="Lifetime in days.")]
Hours = Annotated[int | None, typer.Option(min=1, max=8760, help="Lifetime in hours.")]
Csr = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE",
        exists=True,
        dir_okay=False,
        help="Certify the key of this request; no key and no PFX are made.",
    ),
]
Encoding = Annotated[
    PfxEncoding, typer.Option(help="legacy: for importers that refuse the right passphrase.")
]
PassphraseFile = Annotated[
    Path | None, typer.Option(metavar="FILE", help="PFX passphrase: first line of this file.")
]
PassphraseEnv = Annotated[
    str | None, typer.Option(metavar="NAME", help="PFX passphrase: this environment variable.")
]
CrlDays = Annotated[int, typer.Option(min=1, max=365, help="Days until the next CRL is due.")]
AskPassphrase = Annotated[
    bool, typer.Option("--ask-passphrase", help="PFX passphrase: typed at a prompt.")
]


def chosen_lifetime(days: int | None, hours: int | None) -> timedelta | None:
    if days is not None and hours is not None:
        raise LifetimeError("--days and --hours were both given. Choose one of them.")
    if hours is not None:
        return timedelta(hours=hours)
    return None if days is None else timedelta(days=days)


def duration(text: str | timedelta) -> timedelta:
    """``30d``, ``12h``, ``5m`` or ``30s``."""
    if isinstance(text, timedelta):  # a default value
        return text
    found = re.fullmatch(r"([1-9][0-9]{0,4})([dhms])", text)
    if found is None:
        raise typer.BadParameter(f"{text!r}; accepted: such as 30d, 12h, 5m or 30s.")
    units = {"d": "days", "h": "hours", "m": "minutes", "s": "seconds"}
    return timedelta(**{units[found[2]]: int(found[1])})


def chosen_passphrase(
    file: Path | None, variable: str | None, *, ask: bool, is_new: bool = True
) -> str | None:
    if sum((file is not None, variable is not None, ask)) > 1:
        raise PassphraseError(
            "More than one of --passphrase-file, --passphrase-env and --ask-passphrase was given. "
            "Choose one, or none to have a passphrase generated."
        )
    if file is not None:
        return passphrase.from_file(file, is_new=is_new)
    if variable is not None:
        return passphrase.from_environment(variable, is_new=is_new)
    return passphrase.ask(is_new=is_new) if ask else None
