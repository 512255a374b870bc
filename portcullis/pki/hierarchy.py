"""A root and its issuing CA on disk: created in one step, checked on every load."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Self, TypeVar

from cryptography import x509
from cryptography.exceptions import InvalidSignature

from portcullis.pki import atomic, keys, kms_key
from portcullis.pki.authority import ORGANIZATION, Authority
from portcullis.pki.clock import moment
from portcullis.pki.credential import to_pem
from portcullis.pki.errors import (
    AuthorityBrokenError,
    AuthorityExistsError,
    AuthorityExpiredError,
    AuthorityIncompleteError,
    AuthorityMissingError,
    OutputExistsError,
    PkiMisuseError,
    TruststoreMismatchError,
)
from portcullis.pki.keys import KeyType, PrivateKey
from portcullis.pki.layout import AuthorityFiles, PkiLayout, Purpose

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class RootCertificate:
    """A root whose key was discarded when it had signed the issuing CA."""

    certificate: x509.Certificate


@dataclass(frozen=True, kw_only=True)
class Hierarchy:
    root: Authority | RootCertificate
    issuing: Authority

    @classmethod
    def create(
        cls,
        purpose: Purpose,
        *,
        key_type: KeyType = KeyType.P256,
        organization: str = ORGANIZATION,
        issuing_key: PrivateKey | None = None,
        now: datetime | None = None,
    ) -> Self:
        """In memory only. Tests also use it for an authority that no truststore holds.

        With a key in AWS KMS for the issuing CA, the root's key is discarded.
        """
        root = Authority.root(purpose, key_type=key_type, organization=organization, now=now)
        issuing = root.intermediate(
            purpose, key=issuing_key, key_type=key_type, organization=organization, now=now
        )
        if issuing_key is not None and kms_key.arn_of(issuing_key):
            return cls(root=RootCertificate(certificate=root.certificate), issuing=issuing)
        return cls(root=root, issuing=issuing)

    def anchors_pem(self, purpose: Purpose) -> bytes:
        """The certificates that the other side must trust: for the truststore every issuer."""
        if purpose is Purpose.CLIENT:
            return to_pem(self.issuing.certificate, self.root.certificate)
        return to_pem(self.root.certificate)


def existing(layout: PkiLayout, purpose: Purpose) -> AuthorityFiles:
    """The files of an authority, or AuthorityMissingError."""
    files = layout.authority(purpose)
    if not exists(files):
        raise AuthorityMissingError(files.folder)
    return files


@dataclass(frozen=True, kw_only=True)
class Creation:
    """What ``create`` did."""

    purpose: Purpose
    hierarchy: Hierarchy
    files: AuthorityFiles
    anchors: Path
    moved_aside: tuple[Path, ...]


def exists(files: AuthorityFiles) -> bool:
    """Whether the folder is not empty; also true for an incomplete authority."""
    return files.folder.is_dir() and any(files.folder.iterdir())


def create_all(
    layout: PkiLayout,
    purposes: Sequence[Purpose] = tuple(Purpose),
    *,
    key_type: KeyType = KeyType.P256,
    organization: str = ORGANIZATION,
    issuing_key: PrivateKey | None = None,
    replace: bool = False,
    now: datetime | None = None,
) -> list[Creation]:
    """Create hierarchies and their bundles. Call it under ``atomic.exclusive``.

    Raises:
        AuthorityExistsError: one of them exists, complete or not, and ``replace`` is not set;
            then none is created.
    """
    if not replace:
        for purpose in purposes:
            _refuse_to_replace(layout, purpose)
    return [
        _create(
            layout,
            purpose,
            Hierarchy.create(
                purpose,
                key_type=key_type,
                organization=organization,
                issuing_key=issuing_key,
                now=now,
            ),
            now,
        )
        for purpose in purposes
    ]


def _create(
    layout: PkiLayout, purpose: Purpose, hierarchy: Hierarchy, now: datetime | None
) -> Creation:
    files, anchors = layout.authority(purpose), layout.anchors(purpose)
    # The bundle is moved first: after an interruption it is built again from the authority.
    aside = [atomic.move_aside(path, now) for path in (anchors, files.folder)]
    with atomic.new_folder(files.folder) as draft:
        _save(hierarchy, draft)
    write_missing_anchors(layout, purpose, hierarchy)
    return Creation(
        purpose=purpose,
        hierarchy=hierarchy,
        files=files,
        anchors=anchors,
        moved_aside=tuple(path for path in aside if path),
    )


def _refuse_to_replace(layout: PkiLayout, purpose: Purpose) -> None:
    """Raises AuthorityExistsError or OutputExistsError if a file would be replaced."""
    files, anchors = layout.authority(purpose), layout.anchors(purpose)
    if exists(files):
        raise AuthorityExistsError(files.folder)
    if anchors.exists():
        raise OutputExistsError(
            anchors,
            f"It trusts an authority that is not in {files.folder}. Restore that folder from a "
            "backup, or start a new authority and move this file aside: "
            "portcullis certs init --force",
        )


def load(layout: PkiLayout, purpose: Purpose, now: datetime | None = None) -> Hierarchy:
    """The hierarchy on disk, if it is complete, consistent and able to sign.

    Raises:
        PkiError: it is not; the message names the file and the next command.
    """
    return load_files(existing(layout, purpose), now)


def load_files(files: AuthorityFiles, now: datetime | None = None) -> Hierarchy:
    """The same for the files of any generation."""
    is_in_kms = files.intermediate_kms.is_file()
    private = () if is_in_kms else (files.root_key, files.intermediate_key)
    needed = (files.root, files.intermediate, *private)
    if missing := [path.name for path in needed if not path.is_file()]:
        raise AuthorityIncompleteError(files.folder, missing)
    root: Authority | RootCertificate
    if is_in_kms:
        root = RootCertificate(certificate=_load_certificate(files.root))
        issuing = _load_from_kms(files.intermediate, files.intermediate_kms)
    else:
        root = _load_authority(files.root, files.root_key)
        issuing = _load_authority(files.intermediate, files.intermediate_key)
    for child, path in ((root, files.root), (issuing, files.intermediate)):
        _check_issued(child.certificate, root.certificate, path)
        if child.certificate.not_valid_after_utc <= moment(now):
            raise AuthorityExpiredError(path, child.certificate.not_valid_after_utc)
    return Hierarchy(root=root, issuing=issuing)


def write_missing_anchors(layout: PkiLayout, purpose: Purpose, hierarchy: Hierarchy) -> None:
    """Write the truststore (or ca.pem) if it is missing; an existing one is kept.

    Raises:
        TruststoreMismatchError: the file is there and does not trust this hierarchy.
    """
    path, wanted = layout.anchors(purpose), hierarchy.anchors_pem(purpose)
    if not path.exists():
        atomic.write_public(path, wanted)
    elif not anchors_are_in(atomic.read(path), hierarchy, purpose):
        raise TruststoreMismatchError(path, layout.authority(purpose).folder)


def anchors_are_in(bundle: bytes, hierarchy: Hierarchy, purpose: Purpose) -> bool:
    wanted = hierarchy.anchors_pem(purpose)
    if bundle == wanted:
        return True
    try:
        found = set(x509.load_pem_x509_certificates(bundle))
    except ValueError:
        return False
    return found.issuperset(x509.load_pem_x509_certificates(wanted))


def _save(hierarchy: Hierarchy, folder: Path) -> None:
    for name, authority in (("root", hierarchy.root), ("intermediate", hierarchy.issuing)):
        atomic.write_public(folder / f"{name}.pem", to_pem(authority.certificate))
        if not isinstance(authority, Authority):
            continue
        if arn := kms_key.arn_of(authority.key):
            atomic.write_public(folder / f"{name}.kms", arn.encode() + b"\n")
        else:
            atomic.write_private(folder / f"{name}.key", authority.key_pem)


def _load_certificate(path: Path) -> x509.Certificate:
    return _parse(path, atomic.read(path), x509.load_pem_x509_certificate)


def _load_authority(path: Path, key_path: Path) -> Authority:
    certificate = _load_certificate(path)
    key = _parse(key_path, atomic.read_private(key_path), keys.from_pem)
    if not keys.belongs(key, certificate.public_key()):
        raise AuthorityBrokenError(key_path, f"the key does not belong to {path.name}")
    return Authority(certificate=certificate, key=key)


def _load_from_kms(path: Path, arn_path: Path) -> Authority:
    """KMS is called when something is signed, and the signature is compared with this key."""
    certificate = _load_certificate(path)
    arn = atomic.read(arn_path).decode("ascii", "replace").strip()
    try:
        key = kms_key.of(kms_key.checked_arn(arn), certificate.public_key())
    except (ValueError, PkiMisuseError):
        raise AuthorityBrokenError(arn_path, "not the ARN that was written") from None
    return Authority(certificate=certificate, key=key)


def _parse(path: Path, content: bytes, parser: Callable[[bytes], T]) -> T:
    try:
        return parser(content)
    except ValueError:  # the parser's message may quote the content, so it is left out
        raise AuthorityBrokenError(path, "its content is not the PEM that was written") from None


def _check_issued(child: x509.Certificate, issuer: x509.Certificate, path: Path) -> None:
    try:
        child.verify_directly_issued_by(issuer)
    except (ValueError, TypeError, InvalidSignature):
        raise AuthorityBrokenError(path, "not signed by the root in its folder") from None
