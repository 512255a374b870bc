"""Builds the authorizer's zip for one stack, from its settings, registry and contract."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pulumi
from cryptography import x509

from components.authorizer_zip import build as authorizer_package
from components.authorizer_zip.build import AuthorizerPackage, Platform, ScopedRoute
from components.truststore import Truststore
from portcullis import registry
from portcullis.contract.contract import Contract
from portcullis.registry.revocation_lists import verified as crl
from portcullis.registry.revocation_lists.issuers import revocation_of, revoked_in
from portcullis.settings.groups.clients import RegistryStore
from portcullis.settings.stack_settings import StackSettings

CACHE_FOLDER = Path(".portcullis") / "build"


def packed_clients(
    settings: StackSettings, contract: Contract, project: Path
) -> registry.ClientRegistry:
    """The clients that go into the zip: those of the file, or none with `registry: dynamodb`.

    Raises:
        RegistryError: the file cannot be used; nothing is registered.
    """
    if settings.registry is RegistryStore.DYNAMODB:
        return registry.ClientRegistry(clients=())
    return registry.load(
        project / settings.registry_file,
        known_scopes=contract.scopes,
        known_rate_plans=settings.rate_plans,
    )


def build(
    settings: StackSettings,
    contract: Contract,
    clients: registry.ClientRegistry,
    truststore: Truststore,
    project: Path,
) -> AuthorizerPackage:
    """Raises a PortcullisError for an exceeded limit, a bad revocation list, a missing wheel."""
    issuers = x509.load_pem_x509_certificates(truststore.pem.encode())
    return authorizer_package.build(
        clients_json=clients.to_json(),
        routes=[
            ScopedRoute(method=operation.method, path=operation.path, scope=operation.scope)
            for operation in contract.operations
            if operation.scope is not None
        ],
        platform=Platform[settings.authorizer_platform.name],
        cache_dir=project / CACHE_FOLDER,
        crls=_revocation_lists(settings, issuers, project),
        truststore=issuers,
    )


def _revocation_lists(
    settings: StackSettings, issuers: Sequence[x509.Certificate], project: Path
) -> tuple[crl.VerifiedCrl, ...]:
    """The lists of the ``crlFile`` setting, verified with the truststore's certificates."""
    if not settings.crl_file:
        return ()
    lists = crl.load(
        project / settings.crl_file, issuers, grace=timedelta(seconds=settings.crl_grace_seconds)
    )
    for one in lists:
        if one.next_update <= datetime.now(UTC):
            pulumi.log.warn(
                f"{settings.crl_file}: a list is overdue since {one.next_update:%Y-%m-%d %H:%M} "
                "UTC. Its issuer's clients are let in until crlGraceSeconds have passed."
            )
    for ca in revoked_in(lists, issuers):
        pulumi.log.warn(f"{settings.crl_file} {revocation_of(ca)}")
    return lists
