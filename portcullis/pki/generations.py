"""The generations of the client authority: the present one, and those that it replaced."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from cryptography import x509
from cryptography.x509.oid import NameOID

from portcullis.pki import atomic
from portcullis.pki.certificate_text import attribute, printable
from portcullis.pki.facts import thumbprint
from portcullis.pki.layout import AuthorityFiles, PkiLayout, Purpose


@dataclass(frozen=True, kw_only=True)
class Generation:
    """One authority. A replaced one stays until its folder is deleted: it still signs its lists."""

    files: AuthorityFiles
    is_current: bool

    @cached_property
    def issuing(self) -> x509.Certificate | None:
        """Its issuing CA; None where the file is missing or damaged."""
        with suppress(ValueError):
            if self.files.intermediate.is_file():
                return x509.load_pem_x509_certificate(atomic.read(self.files.intermediate))
        return None

    @cached_property
    def id(self) -> str:
        """The thumbprint of the issuing CA, which stays when the folder is moved aside."""
        return thumbprint(self.issuing) if self.issuing else self.files.folder.name

    def has_ended(self, now: datetime) -> bool:
        """Whether nothing that it issued is valid any more."""
        return self.issuing is not None and self.issuing.not_valid_after_utc <= now

    @property
    def issuer(self) -> str:
        """The common name of the issuing CA, which differs between generations."""
        if self.issuing is None:
            return self.files.folder.name
        name = attribute(self.issuing.subject, NameOID.COMMON_NAME)
        return printable(name) or self.files.folder.name


def generations(layout: PkiLayout) -> tuple[Generation, ...]:
    """The present authority first, then the replaced ones, newest first."""
    return tuple(_generations(layout))


def _generations(layout: PkiLayout) -> Iterator[Generation]:
    current = layout.authority(Purpose.CLIENT)
    if current.folder.is_dir():
        yield Generation(files=current, is_current=True)
    pattern = f"{current.folder.name}.replaced-*"
    for folder in sorted(layout.folder.glob(pattern), reverse=True):
        if folder.is_dir():
            yield Generation(files=AuthorityFiles.below(folder), is_current=False)
