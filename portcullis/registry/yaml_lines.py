"""Writes registry entries as lines of YAML."""

import json
import re
from collections.abc import Iterator

from portcullis.registry.model import (
    ATTRIBUTES,
    Client,
    DistinguishedName,
    Identity,
    IdentityKind,
    RevokedSerialNumber,
)
from portcullis.registry.store import Revocation

_NAMES = {identifier: name for name, identifier in ATTRIBUTES.items()}
# Strings that need no quotes, also in a list or mapping on one line.
_PLAIN = re.compile(r"[A-Za-z][A-Za-z0-9./_@-]*(?::[A-Za-z0-9./_@-]+)*(?: [A-Za-z0-9./_@-]+)*")
_WORDS = frozenset({"null", "true", "false", "yes", "no", "on", "off", "y", "n"})


def client_lines(client: Client) -> Iterator[str]:
    """One item of ``clients``, two spaces in."""
    yield f"  - id: {scalar(client.id)}"
    if client.description:
        yield f"    description: {scalar(client.description)}"
    yield "    match:"
    for identity in client.match:
        yield f"      - {_identity(identity)}"
    if client.pins:
        yield f"    pins: {_listed(client.pins)}"
    yield f"    scopes: {_listed(client.scopes)}"
    yield f"    status: {client.status}"
    if client.rate_plan is not None:
        yield f"    ratePlan: {scalar(client.rate_plan)}"


def revocation_lines(revocation: Revocation) -> Iterator[str]:
    """One item of ``revoked``, two spaces in."""
    certificate = revocation.certificate
    if isinstance(certificate, RevokedSerialNumber):
        yield f"  - issuer: {_distinguished_name(certificate.issuer)}"
        yield f"    serialNumber: {scalar(certificate.serial_number)}"
    else:
        yield f"  - thumbprint: {scalar(certificate)}"
    if revocation.reason:
        yield f"    reason: {scalar(revocation.reason)}"


def scalar(text: str) -> str:
    """Without quotes where YAML reads the same string; otherwise quoted as in JSON."""
    if _PLAIN.fullmatch(text) and text.lower() not in _WORDS:
        return text
    return json.dumps(text, ensure_ascii=False)


def _identity(identity: Identity) -> str:
    if identity.kind is IdentityKind.SUBJECT:
        subject = DistinguishedName.of((oid, value) for oid, value in json.loads(identity.value))
        members = f"subject: {_distinguished_name(subject)}"
    else:
        members = f"{identity.kind}: {scalar(identity.value)}"
    if identity.issuer is not None:
        members += f", issuer: {_distinguished_name(identity.issuer)}"
    return f"{{{members}}}"


def _distinguished_name(name: DistinguishedName) -> str:
    by_name: dict[str, list[str]] = {}
    for identifier, value in name.attributes:
        by_name.setdefault(_NAMES.get(identifier, identifier), []).append(value)
    members = [
        f"{json.dumps(key) if key[0].isdigit() else key}: "
        + (scalar(values[0]) if len(values) == 1 else _listed(values))
        for key, values in by_name.items()
    ]
    return f"{{{', '.join(members)}}}"


def _listed(texts: tuple[str, ...] | list[str]) -> str:
    return f"[{', '.join(map(scalar, texts))}]"
