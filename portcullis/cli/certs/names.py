"""Chooses the SANs of a client's certificate: from the options, else from the client registry."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509

from portcullis import registry
from portcullis.pki import names
from portcullis.pki.errors import PkiMisuseError
from portcullis.registry import Client, IdentityKind


@dataclass(frozen=True, kw_only=True)
class CertificateNames:
    """``hint`` is the next step before the authorizer accepts the certificate."""

    names: tuple[x509.GeneralName, ...]
    hint: str | None = None


def choose(
    client: str, uris: Sequence[str], dns_names: Sequence[str], stack: str
) -> CertificateNames:
    """Names for the certificate of ``client``.

    Raises:
        IdentityError: a given name is not a valid SAN.
        PkiMisuseError: the registry recognises the client by its subject only.
        RegistryError: the registry file has faults.
    """
    given = (*map(names.san_uri, uris), *map(names.san_dns, dns_names))
    path = Path(f"clients.{stack}.yaml")
    if given:
        return CertificateNames(names=given)
    registered = _registered(client, path)
    if registered is None:
        uri = names.default_san_uri(client)
        hint = (
            f"{client} is not in {path}. Until it is, the authorizer refuses this certificate. "
            f"Run: portcullis clients add {client} --stack {stack} --scope SCOPE --san-uri {uri}"
        )
        return CertificateNames(names=(names.san_uri(uri),), hint=hint)
    found = _sans(registered)
    if not found:
        raise PkiMisuseError(
            f"{path} recognises {client} by its subject, not by a SAN. Give one for the "
            f"certificate, and add it to the client's match list: --san-uri "
            f"{names.default_san_uri(client)}"
        )
    if not registered.pins:
        return CertificateNames(names=found)
    return CertificateNames(
        names=found,
        hint=f"{path} pins certificates of {client}: add the thumbprint of this one to its pins.",
    )


def _registered(client: str, path: Path) -> Client | None:
    if not path.is_file():
        return None
    found = registry.load(path, known_scopes=None).clients
    return next((entry for entry in found if entry.id == client), None)


def _sans(client: Client) -> tuple[x509.GeneralName, ...]:
    makers = {IdentityKind.SAN_URI: names.san_uri, IdentityKind.SAN_DNS: names.san_dns}
    return tuple(
        makers[identity.kind](identity.value)
        for identity in client.match
        if identity.kind in makers
    )
