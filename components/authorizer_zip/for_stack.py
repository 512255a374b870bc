"""The authorizer's zip for one stack: its code, its client registry, the contract's routes."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pulumi
from cryptography import x509

from components.authorizer_zip import build as authorizer_package
from components.authorizer_zip.build import AuthorizerPackage, Platform, Route
from components.contract import Contract
from components.truststore import Truststore
from portcullis import registry
from portcullis.registry.revocation_lists import verified as crl
from portcullis.settings.groups.clients import RegistryStore
from portcullis.settings.stack_settings import StackSettings

CACHE_FOLDER = Path(".portcullis") / "build"


def packed_clients(
    settings: StackSettings, contract: Contract, project: Path
) -> registry.ClientRegistry:
    """Who travels in the zip: the clients file, or nobody where they live in a table.

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
    return authorizer_package.build(
        clients_json=clients.to_json(),
        routes=[
            Route(method=operation.method, path=operation.path, scope=operation.scope)
            for operation in contract.operations
            if operation.scope is not None
        ],
        platform=Platform[settings.authorizer_platform.name],
        cache_dir=project / CACHE_FOLDER,
        crls=_revocation_lists(settings, truststore, project),
    )


def _revocation_lists(
    settings: StackSettings, truststore: Truststore, project: Path
) -> tuple[crl.VerifiedCrl, ...]:
    """Signed by issuers that the domain trusts; any other list would be nobody's word."""
    if not settings.crl_file:
        return ()
    issuers = x509.load_pem_x509_certificates(truststore.pem.encode())
    lists = crl.load(
        project / settings.crl_file, issuers, grace=timedelta(seconds=settings.crl_grace_seconds)
    )
    for one in lists:
        if one.next_update <= datetime.now(UTC):
            pulumi.log.warn(
                f"{settings.crl_file}: a list is overdue since {one.next_update:%Y-%m-%d %H:%M} "
                "UTC, and only crlGraceSeconds still lets its issuer's clients in."
            )
    return lists
