"""Replaces the client authority while every valid client goes on calling.

Both authorities are in the truststore until no client uses the one that goes. Each step can be
repeated after an interruption: what it did is kept in a file, and what it finds done it leaves.
Turning back exchanges the two authorities, and takes the same steps.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from pathlib import Path

from cryptography import x509
from cryptography.x509.oid import NameOID

from portcullis.pki import (
    atomic,
    certificate_file,
    hierarchy,
    issuance,
    keys,
    kms_key,
    truststore,
)
from portcullis.pki.authority import ORGANIZATION
from portcullis.pki.batch import Order
from portcullis.pki.certificate_text import attribute
from portcullis.pki.errors import PkiError, PkiMisuseError
from portcullis.pki.generations import Generation, generations
from portcullis.pki.inventory import Inventory, newest_by_client
from portcullis.pki.keys import KeyType, PrivateKey
from portcullis.pki.layout import PkiLayout, Purpose


class CaRotationStep(StrEnum):
    ADD = "add"  # make the new authority, and put both into the truststore
    DEPLOY_BOTH = "deploy both"
    ISSUE = "issue"  # a certificate of the staying authority for every client
    WATCH = "watch"  # until no client uses the other authority; then it leaves the truststore
    DEPLOY_ONE = "deploy one"


@dataclass(frozen=True, kw_only=True)
class CaRotation:
    """``keep`` and ``drop`` are ids of generations; ``keep`` is empty until it is made."""

    step: CaRotationStep
    truststore: Path  # the file that the stack deploys
    keep: str
    drop: str
    is_back: bool = False  # on the way back
    kms: str = ""  # the ARN of the new authority's key; empty for keys in files


class RotationError(PkiError):
    """The rotation cannot take this step; nothing was changed."""


class NoRotationError(PkiMisuseError):
    """No rotation is under way."""

    def __init__(self, stack: str) -> None:
        super().__init__(
            f"No rotation is under way. To begin one: portcullis rotate ca --stack {stack}"
        )


def load(layout: PkiLayout) -> CaRotation | None:
    """The rotation that is under way.

    Raises:
        RotationError: its file cannot be read.
    """
    if not layout.rotation.exists():
        return None
    content = atomic.read(layout.rotation)
    try:
        document = json.loads(content)
        return CaRotation(
            step=CaRotationStep(document["step"]),
            truststore=Path(document["truststore"]),
            keep=str(document["keep"]),
            drop=str(document["drop"]),
            is_back=document["isBack"] is True,
            kms=str(document.get("kms", "")),  # an earlier version wrote none
        )
    except (ValueError, KeyError, TypeError):
        raise RotationError(
            f"{layout.rotation} is not the file that was written. Restore it from a backup. Until "
            "then both authorities stay in the truststore, which refuses no client."
        ) from None


def begin(layout: PkiLayout, truststore_file: Path, kms: str = "") -> CaRotation:
    """Note what is to be replaced. Nothing but the note is written.

    ``kms`` is the ARN of another key in AWS KMS, for the new authority.

    Raises:
        RotationError: the truststore does not hold the present authority, or its key is in KMS and
            the new one's is not, or is the same.
        KmsKeyError, KmsKeyUnfitError: the key cannot sign.
    """
    hierarchy.existing(layout, Purpose.CLIENT)
    (current, *_) = generations(layout)
    if current.issuing is None or current.issuing not in certificate_file.read(truststore_file):
        raise RotationError(
            f"{truststore_file} does not hold the issuing CA of {current.files.folder}, so this "
            "authority is not the one that the stack trusts. Name another folder with --pki, or "
            "another stack with --stack."
        )
    if current.files.intermediate_kms.exists() and not kms:
        raise RotationError(
            f"The issuing CA of {current.files.folder} has its key in AWS KMS. Make another KMS "
            "key for the new authority, and name it: portcullis rotate ca --kms ARN"
        )
    # A replica has another ARN, and the same key.
    if kms and kms_key.connect(kms).public_key() == current.issuing.public_key():
        raise RotationError(f"{kms} is the key of the authority that is to go. Make another one.")
    state = CaRotation(
        step=CaRotationStep.ADD,
        truststore=truststore_file.resolve(),
        keep="",
        drop=current.id,
        kms=kms,
    )
    # The bundle as it was: making an authority may move this very file aside.
    atomic.write_public(_kept(layout), atomic.read(truststore_file))
    return _save(layout, state)


def add(layout: PkiLayout, state: CaRotation, *, now: datetime | None = None) -> CaRotation:
    """Make the new authority, with name and kind of key of the old one; trust both."""
    before = _kept(layout)
    if state.keep:  # on the way back it exists
        _make_current(layout, state)
        before = state.truststore if state.truststore.exists() else before
    else:
        if _current_id(layout) in {None, state.drop}:
            old = _generation(layout, state.drop).issuing
            key = kms_key.connect(state.kms) if state.kms else None
            hierarchy.create_all(
                layout,
                [Purpose.CLIENT],
                key_type=_key_type(key or old),
                issuing_key=key,
                organization=_organization(old),
                replace=True,
                now=now,
            )
        state = replace(state, keep=generations(layout)[0].id)
    both = [one for id_ in (state.drop, state.keep) for one in _anchors(_generation(layout, id_))]
    _write_bundle(state.truststore, [*certificate_file.read(before), *both])
    return _save(layout, replace(state, step=CaRotationStep.DEPLOY_BOTH))


def deployed(layout: PkiLayout, state: CaRotation) -> CaRotation | None:
    """The stack has been deployed; None at the end of the rotation.

    Repeated after an interruption, it changes nothing.
    """
    if state.step in {CaRotationStep.ISSUE, CaRotationStep.WATCH}:
        return state
    if state.step is CaRotationStep.DEPLOY_BOTH:
        return _save(layout, replace(state, step=CaRotationStep.ISSUE))
    if state.step is CaRotationStep.DEPLOY_ONE:
        _end(layout)
        return None
    raise RotationError(f"The next step is {state.step}, not a deploy. Leave out --deployed.")


def orders(inventory: Inventory, state: CaRotation, *, now: datetime | None = None) -> list[Order]:
    """A successor for every client that has a valid certificate of the other authority alone."""
    valid = [one for one in inventory.issued() if not one.has_ended(now) and not one.is_revoked]
    done = {one.client for one in valid if one.generation.id == state.keep}
    leaving = [one for one in valid if one.generation.id == state.drop and one.client not in done]
    return [
        Order(request=issuance.successor_of(one.certificate, client))
        for client, one in newest_by_client(leaving).items()
    ]


def issued(layout: PkiLayout, state: CaRotation) -> CaRotation:
    return _save(layout, replace(state, step=CaRotationStep.WATCH))


def remove(layout: PkiLayout, state: CaRotation) -> CaRotation:
    """Take the other authority out of the truststore.

    Raises:
        RotationError: API Gateway would refuse the rest.
    """
    gone = set(_anchors(_generation(layout, state.drop)))
    _write_bundle(
        state.truststore, [c for c in certificate_file.read(state.truststore) if c not in gone]
    )
    return _save(layout, replace(state, step=CaRotationStep.DEPLOY_ONE))


def turn_back(layout: PkiLayout, state: CaRotation) -> CaRotation | None:
    """The way back: the authority that was to go stays, and the other one goes.

    None where nothing was changed yet, so that the rotation has ended. A rotation that has turned
    back already is not turned again.
    """
    if state.is_back:
        return add(layout, state) if state.step is CaRotationStep.ADD else state
    if not state.keep:
        if _current_id(layout) == state.drop:
            if not state.truststore.exists():  # an interruption had moved it aside
                atomic.write_public(state.truststore, atomic.read(_kept(layout)))
            _end(layout)
            return None
        state = add(layout, state)  # complete what an interruption left
    exchanged = replace(
        state, step=CaRotationStep.ADD, keep=state.drop, drop=state.keep, is_back=True
    )
    return add(layout, _save(layout, exchanged))


def _make_current(layout: PkiLayout, state: CaRotation) -> None:
    """Put the authority that stays where the present one is."""
    if _current_id(layout) == state.keep:
        return
    current = layout.authority(Purpose.CLIENT).folder
    kept = _generation(layout, state.keep)
    atomic.move_aside(current)
    atomic.rename(kept.files.folder, current)
    if layout.truststore.resolve() != state.truststore:
        atomic.move_aside(layout.truststore)
        staying = hierarchy.load(layout, Purpose.CLIENT)
        hierarchy.write_missing_anchors(layout, Purpose.CLIENT, staying)


def _end(layout: PkiLayout) -> None:
    atomic.remove(layout.rotation)
    atomic.remove(_kept(layout))


def _save(layout: PkiLayout, state: CaRotation) -> CaRotation:
    document = {
        "step": state.step,
        "truststore": str(state.truststore),
        "keep": state.keep,
        "drop": state.drop,
        "isBack": state.is_back,
        "kms": state.kms,
    }
    atomic.write_public(layout.rotation, json.dumps(document, indent=2).encode() + b"\n")
    return state


def _kept(layout: PkiLayout) -> Path:
    return layout.rotation.with_name("rotation.truststore.pem")


def _current_id(layout: PkiLayout) -> str | None:
    """The id of the present authority; None where its folder has been moved aside."""
    return next((one.id for one in generations(layout) if one.is_current), None)


def _generation(layout: PkiLayout, id_: str) -> Generation:
    for one in generations(layout):
        if one.id == id_:
            return one
    raise RotationError(
        f"{layout.folder} no longer holds the authority whose issuing CA has the thumbprint {id_}. "
        "Restore its folder from a backup."
    )


def _anchors(generation: Generation) -> list[x509.Certificate]:
    return [
        *certificate_file.read(generation.files.intermediate),
        *certificate_file.read(generation.files.root),
    ]


def _write_bundle(path: Path, certificates: Iterable[x509.Certificate]) -> None:
    pem = truststore.bundle(certificates)
    errors = [f for f in truststore.lint(pem) if f.severity is truststore.Severity.ERROR]
    if errors:
        faults = " ".join(f"{error.subject}: {error.message}" for error in errors)
        raise RotationError(f"{path} would not be fit for API Gateway: {faults}")
    atomic.write_public(path, pem)


def _key_type(like: PrivateKey | x509.Certificate | None) -> KeyType:
    return (like and keys.type_of(like.public_key())) or KeyType.P256


def _organization(issuing: x509.Certificate | None) -> str:
    named = attribute(issuing.subject, NameOID.ORGANIZATION_NAME) if issuing else ""
    return named or ORGANIZATION
