"""The files for a partner: certificate, key and PFX; for a signing request only the certificate."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from cryptography import x509

from portcullis.pki import atomic, client_files, hierarchy, inventory, issuance, passphrase
from portcullis.pki.credential import Credential, to_pem
from portcullis.pki.errors import OutputExistsError
from portcullis.pki.issuance import ClientRequest
from portcullis.pki.layout import ClientFiles, PkiLayout, Purpose
from portcullis.pki.pfx import PfxEncoding

FOR_REQUEST: Final = b"csr"  # the marker's content where the client has the key


@dataclass(frozen=True, kw_only=True)
class Handout:
    """``key`` and ``pfx`` are None for a CSR: only the partner has that key."""

    certificate: x509.Certificate
    certificate_file: Path
    key: Path | None = None
    pfx: Path | None = None
    generated_passphrase: str | None = None  # to be shown once, when it is in no file
    passphrase_file: Path | None = None
    moved_aside: tuple[Path, ...] = ()

    def __repr__(self) -> str:
        return f"Handout({self.certificate_file})"


@dataclass(frozen=True, kw_only=True)
class PfxOptions:
    encoding: PfxEncoding = PfxEncoding.MODERN
    passphrase: str | None = None  # None: generate one
    keep_generated: bool = False  # in a file beside the PFX, for unattended runs

    def __repr__(self) -> str:
        return f"PfxOptions({self.encoding})"


def hand_out(
    layout: PkiLayout,
    request: ClientRequest,
    folder: Path,
    *,
    options: PfxOptions,
    csr: bytes | None = None,
    replace: bool = False,
    now: datetime | None = None,
) -> Handout:
    """Issue and write. With ``replace``, existing files are moved aside: they may be in use.

    Raises:
        OutputExistsError: such files are there and ``replace`` is not set, or the folder is the
            laptop's own, whose files are renewed without asking.
    """
    files = ClientFiles.below(folder, request.client)
    _check_output(layout, files, folder, request.client, replace=replace)
    authority = hierarchy.load(layout, Purpose.CLIENT, now).issuing
    if csr is not None:
        with inventory.opened(layout) as known:
            certificate = issuance.certify(authority, request, csr, now=now)
            known.put_on_record(certificate)
        atomic.make_private_folder(folder)
        aside = _move_aside(files, now, mark=FOR_REQUEST)
        atomic.write_public(files.certificate, to_pem(certificate, authority.certificate))
        atomic.remove(files.marker)
        return Handout(
            certificate=certificate, certificate_file=files.certificate, moved_aside=aside
        )
    with inventory.opened(layout) as known:
        credential = issuance.make(authority, request, now=now)
        known.put_on_record(credential.certificate)
    aside = _move_aside(files, now, mark=b"")
    return _write_all(files, credential, request.client, options, aside)


def _check_output(
    layout: PkiLayout, files: ClientFiles, folder: Path, client: str, *, replace: bool
) -> None:
    if folder.resolve() == layout.clients.resolve():
        raise OutputExistsError(
            folder, "The laptop keeps its own client certificates there. Choose another --out."
        )
    if replace:
        return
    for path in (files.certificate, files.key, files.pfx):
        if path.exists():
            raise OutputExistsError(
                path,
                f"To issue a successor, run: portcullis certs renew {client} --out {folder}. To "
                "start anew and move the old files aside, add --force.",
            )


def _write_all(
    files: ClientFiles,
    credential: Credential,
    client: str,
    options: PfxOptions,
    moved_aside: tuple[Path, ...],
) -> Handout:
    is_generated = options.passphrase is None
    phrase = passphrase.generate() if options.passphrase is None else options.passphrase
    keep = options.keep_generated and is_generated
    client_files.write(
        files,
        credential,
        client,
        phrase,
        encoding=options.encoding,
        keep_passphrase=keep,
    )
    return Handout(
        certificate=credential.certificate,
        certificate_file=files.certificate,
        key=files.key,
        pfx=files.pfx,
        generated_passphrase=phrase if is_generated and not keep else None,
        passphrase_file=files.pfx_passphrase if keep else None,
        moved_aside=moved_aside,
    )


def _move_aside(files: ClientFiles, now: datetime | None, *, mark: bytes) -> tuple[Path, ...]:
    if files.certificate.exists():
        # From here until the new files are in place, the marker says that the client has some.
        atomic.write_private(files.marker, mark)
    paths = (files.certificate, files.key, files.pfx, files.pfx_passphrase)
    moved = (atomic.move_aside(path, now) for path in paths)
    return tuple(path for path in moved if path)
