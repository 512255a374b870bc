"""Builds the authorizer's zip from its files: contract, clients, truststore, revocation lists."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import MappingProxyType

import pulumi
from cryptography import x509

from components.authorizer_zip import build as authorizer_package
from components.authorizer_zip.build import AuthorizerPackage, PackagingError, Platform, ScopedRoute
from components.renewal_options import RenewalOptions
from components.truststore import read_truststore
from components.usage_plans import PlanLimits
from portcullis import registry
from portcullis.contract.contract import Contract
from portcullis.contract.renewal_route import with_renewal
from portcullis.registry.revocation_lists import verified as crl
from portcullis.registry.revocation_lists.issuers import revocation_of, revoked_in


@dataclass(frozen=True, kw_only=True)
class AuthorizerFiles(RenewalOptions):
    """Paths are relative to the program's working directory."""

    contract_file: str
    """The contract: an OpenAPI 3.0 document in which each operation has a scope."""

    truststore_file: str
    """A PEM bundle with the issuer certificates of the clients."""

    clients_file: str | None = None
    """The client registry, which travels in the authorizer's zip. If left out, the clients are in a
    DynamoDB table, which `portcullis clients` changes without a deploy."""

    crl_file: str | None = None
    """Certificate revocation lists of the issuers, PEM or DER. They travel in the zip, and every
    certificate of an issuer without a list is refused."""

    crl_grace_seconds: int = 0
    """How many seconds a revocation list still counts after its next update. With 0, every call is
    refused from that moment on."""

    rate_plans: Mapping[str, PlanLimits] = field(default_factory=dict)
    """Rate plans by name: how much each client may call. If there is one, every client of the
    registry needs a `ratePlan`."""

    platform: str = "lambda"
    """Which interpreter the wheels in the zip are for: `lambda`, or `laptop` for the one that runs
    the program."""

    build_folder: str = ".portcullis/build"
    """A folder that keeps the zip and its downloaded wheels."""


def read_contract(files: AuthorizerFiles) -> Contract:
    """The contract, with the route of the certificate renewal where there is one.

    Raises:
        ContractError: it cannot be used.
        RenewalRouteError: the route is in the contract already.
    """
    return with_renewal(Contract.load(Path(files.contract_file)), files.renewal_route)


def read_clients(files: AuthorizerFiles, contract: Contract) -> registry.ClientRegistry:
    """The clients that go into the zip: those of the file, or none without one.

    Raises:
        RegistryError: the file cannot be used.
    """
    if files.clients_file is None:
        return registry.ClientRegistry(clients=())
    return registry.load(
        Path(files.clients_file),
        known_scopes=contract.scopes,
        known_rate_plans=files.rate_plans,
    )


def build(
    files: AuthorizerFiles,
    *,
    name: str = "authorizer",
    top: str = "",
    beside: Mapping[str, bytes] = MappingProxyType({}),
) -> AuthorizerPackage:
    """The zip of the authorizer; `authorizer_zip.build` says what the other arguments change.

    Raises a PortcullisError for a bad file, an exceeded limit or a missing wheel.
    """
    contract = read_contract(files)
    clients = read_clients(files, contract)
    # The caller that uploads the bundle to API Gateway shows the warnings about it.
    truststore = read_truststore(Path(files.truststore_file), on_warning=lambda _: None)
    issuers = truststore.certificates
    return authorizer_package.build(
        clients_json=clients.to_json(),
        routes=[
            ScopedRoute(method=operation.method, path=operation.path, scope=operation.scope)
            for operation in contract.operations
            if operation.scope is not None
        ],
        platform=_platform(files.platform),
        cache_dir=Path(files.build_folder),
        crls=_revocation_lists(files, issuers),
        truststore=issuers,
        name=name,
        top=top,
        beside=beside,
    )


def _platform(name: str) -> Platform:
    try:
        return Platform(name)
    except ValueError:
        accepted = " or ".join(Platform)
        raise PackagingError(f"platform is {name!r}, but must be {accepted}.") from None


def _revocation_lists(
    files: AuthorizerFiles, issuers: Sequence[x509.Certificate]
) -> tuple[crl.VerifiedCrl, ...]:
    """The lists of ``crl_file``, verified with the truststore's certificates."""
    if files.crl_file is None:
        return ()
    path = Path(files.crl_file)
    lists = crl.load(path, issuers, grace=timedelta(seconds=files.crl_grace_seconds))
    for one in lists:
        if one.next_update <= datetime.now(UTC):
            pulumi.log.warn(
                f"{path}: a list is overdue since {one.next_update:%Y-%m-%d %H:%M} UTC. Its "
                f"issuer's clients are let in until {files.crl_grace_seconds} seconds of grace "
                "have passed."
            )
    for ca in revoked_in(lists, issuers):
        pulumi.log.warn(f"{path} {revocation_of(ca)}")
    return lists
