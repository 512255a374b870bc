"""Chooses the SANs of a client's certificate: from the options, else from the client registry."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
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


class NameChooser:
    """Names for certificates of the clients in clients.STACK.yaml, which is read once."""

    def __init__(self, stack: str) -> None:
        self._stack = stack
        self._path = Path(f"clients.{stack}.yaml")

    def choose(
        self, client: str, uris: Sequence[str] = (), dns_names: Sequence[str] = ()
    ) -> CertificateNames:
        """Names for the certificate of ``client``.

        Raises:
            IdentityError: a given name is not a valid SAN.
            PkiMisuseError: the registry recognises the client by its subject only.
            RegistryError: the registry file has faults.
        """
        given = (*map(names.san_uri, uris), *map(names.san_dns, dns_names))
        if given:
            return CertificateNames(names=given)
        registered = self._registered.get(client)
        if registered is None:
            uri = names.default_san_uri(client)
            hint = (
                f"{client} is not in {self._path}. Until it is, the authorizer refuses this "
                f"certificate. Run: portcullis clients add {client} --stack {self._stack} --scope "
                f"SCOPE --san-uri {uri}"
            )
            return CertificateNames(names=(names.san_uri(uri),), hint=hint)
        found = _sans(registered)
        if not found:
            raise PkiMisuseError(
                f"{self._path} recognises {client} by its subject, not by a SAN. Give one for the "
                f"certificate, and add it to the client's match list: --san-uri "
                f"{names.default_san_uri(client)}"
            )
        if not registered.pins:
            return CertificateNames(names=found)
        return CertificateNames(
            names=found,
            hint=f"{self._path} pins certificates of {client}: add the thumbprint of this one to "
            "its pins.",
        )

    @cached_property
    def _registered(self) -> Mapping[str, Client]:
        if not self._path.is_file():
            return {}
        found = registry.load(self._path, known_scopes=None).clients
        return {client.id: client for client in found}


def _sans(client: Client) -> tuple[x509.GeneralName, ...]:
    makers = {IdentityKind.SAN_URI: names.san_uri, IdentityKind.SAN_DNS: names.san_dns}
    return tuple(
        makers[identity.kind](identity.value)
        for identity in client.match
        if identity.kind in makers
    )
