"""The running laptop, from the run description that `portcullis up` writes."""

import ipaddress
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from portcullis.acceptance.errors import NoClientError, NotRunningError, RunDescriptionError
from portcullis.acceptance.generated.renewal_cases import RenewalTarget
from portcullis.acceptance.target.addresses import IPV4_LOOPBACK, loopback_sources
from portcullis.acceptance.target.clients import CaseClients, KnownClient
from portcullis.acceptance.target.limits import StackLimits
from portcullis.acceptance.target.target import Target, TargetKind, TargetSigningKey
from portcullis.acceptance.wire.connection import Peer, Presented
from portcullis.registry import ClientStatus, IdentityKind, load

FUNCTION: Final = "function"  # as a backend_kind
UNREGISTERED_CLIENT: Final = "stranger"  # names that the laptop gives to clients of its own
REVOKED_CLIENT: Final = "revoked"
READY_FILE: Final = Path(".portcullis/run/ready.json")


def running_laptop(file: Path = READY_FILE) -> Target:
    """The laptop that `portcullis up` started here.

    Raises:
        NotRunningError: the run description does not exist.
        RunDescriptionError: a field is missing or has another type.
    """
    try:
        text = file.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise NotRunningError(file, "does not exist") from None
    except (OSError, UnicodeDecodeError) as error:
        raise RunDescriptionError(file, f"cannot be read ({error})") from None
    try:
        described = json.loads(text)
    except ValueError:
        raise RunDescriptionError(file, "is not JSON") from None
    return laptop(described, file)


def laptop(described: Any, place: object = "given") -> Target:
    """A laptop from the JSON of its run description.

    Every field that a case needs is required: a missing field must not turn into skipped cases.

    Raises:
        RunDescriptionError: a field is missing or has another type.
    """
    read = _Fields(described, place)
    truststore = read.path("ca")
    default_endpoint = Peer.from_url(read.text("default_endpoint"), truststore, IPV4_LOOPBACK)
    kms = _Fields(read.mapping("kms"), place, "kms.")
    tls = read.mapping("backend_tls") if read.has("backend_tls") else None
    backend_tls = _Fields(tls, place, "backend_tls.") if tls is not None else None
    presented = _presented(read, place)
    return Target(
        kind=TargetKind.LAPTOP,
        gateway=Peer.from_url(read.text("gateway"), truststore, IPV4_LOOPBACK),
        default_endpoint=default_endpoint,
        backend=_backend(read, truststore),
        backend_identity=_files(backend_tls, "certificate", "key"),
        backend_server=_files(backend_tls, "server_certificate", "server_key"),
        can_stop_backend=read.flag("backend_is_started"),
        clients=_clients(read.path("clients_file"), presented),
        unregistered=presented.get(UNREGISTERED_CLIENT),
        revoked=presented.get(REVOKED_CLIENT),
        control=read.path("control"),
        gate_log=read.path("gates"),
        pki=read.path("pki"),
        issuer=read.text("issuer"),
        audience=read.text("audience"),
        jwks=read.path("jwks"),
        kms=TargetSigningKey(endpoint=kms.text("endpoint"), key_arn=kms.text("key")),
        limits=_limits(read, place),
        sources=loopback_sources(read.cidrs("allowed_cidrs")),
        stage=read.text("stage"),
        backend_timeout_seconds=read.number("backend_timeout_seconds"),
        renewal=_renewal(read, place),
        large_body_routes=read.texts("large_body_routes"),
        injection_matches=read.text("injection_matches"),
        contract=read.path("contract"),
        case_folders=tuple(Path(folder) for folder in read.texts("case_folders")),
    )


def _backend(read: "_Fields", truststore: Path) -> Peer | None:
    """None where the backend is a function, which nothing but the gateway can call."""
    if read.has("backend_kind") and read.text("backend_kind") == FUNCTION:
        return None
    return Peer.from_url(read.text("backend"), truststore, None)


def _renewal(read: "_Fields", place: object) -> RenewalTarget | None:
    if not read.has("certificate_renewal"):
        return None
    route = _Fields(read.mapping("certificate_renewal"), place, "certificate_renewal.")
    return RenewalTarget(path=route.text("path"), scope=route.text("scope"))


def _files(read: "_Fields | None", certificate: str, key: str) -> Presented | None:
    if read is None:
        return None
    return Presented(certificate=read.path(certificate), key=read.path(key))


def _limits(read: "_Fields", place: object) -> StackLimits:
    plans = [_Fields(plan, place, "rate_plans.") for plan in read.items("rate_plans")]
    quotas = [int(plan.number("quota_per_day")) for plan in plans if plan.has("quota_per_day")]
    return StackLimits(
        rate_limit=int(read.number("rate_limit")),
        rate_window_seconds=int(read.number("rate_window_seconds")),
        throttle_rate=min(
            [read.number("throttle_rate"), *(plan.number("rate_per_second") for plan in plans)]
        ),
        throttle_burst=int(
            min([read.number("throttle_burst"), *(plan.number("burst") for plan in plans)])
        ),
        quota_per_day=min(quotas, default=None),
        authorizer_cache_seconds=int(read.number("authorizer_cache_seconds", minimum=0)),
        managed_rule_groups=read.texts("managed_rule_groups"),
    )


def _presented(read: "_Fields", place: object) -> dict[str, Presented]:
    clients = {}
    for name, files in read.mapping("clients").items():
        one = _Fields(files, place, f"clients.{name}.")
        clients[name] = Presented(certificate=one.path("certificate"), key=one.path("key"))
    return clients


def _clients(clients_file: Path, presented: Mapping[str, Presented]) -> CaseClients:
    """The registered clients whose certificates fit, those with the most scopes first.

    A certificate of the laptop carries the client's SAN URI, and is none that a client is pinned
    to.

    Raises:
        NoClientError: none of them is active.
        RegistryError: the clients file is refused.
    """
    registered = load(clients_file, known_scopes=None).clients
    usable = [
        KnownClient(
            id=client.id,
            presented=presented[client.id],
            scopes=frozenset(client.scopes),
            is_active=client.status is ClientStatus.ACTIVE,
        )
        for client in registered
        if client.id in presented
        and not client.pins
        and any(i.kind is IdentityKind.SAN_URI and i.issuer is None for i in client.match)
    ]
    if not any(client.is_active for client in usable):
        raise NoClientError(clients_file)
    return CaseClients(registered=sorted(usable, key=lambda one: -len(one.scopes or ())))


class _Fields:
    """Reads one JSON object. Errors name the field that is missing or has another type."""

    def __init__(self, described: Any, place: object, prefix: str = "") -> None:
        if not isinstance(described, dict):
            raise RunDescriptionError(place, f"has no object at {prefix or 'its top'}")
        self._described: dict[str, Any] = described
        self._place = place
        self._prefix = prefix

    def text(self, name: str) -> str:
        value = self._described.get(name)
        if not isinstance(value, str) or not value:
            raise self._error(name, "a string")
        return value

    def path(self, name: str) -> Path:
        return Path(self.text(name))

    def has(self, name: str) -> bool:
        return self._described.get(name) is not None

    def flag(self, name: str) -> bool:
        value = self._described.get(name)
        if not isinstance(value, bool):
            raise self._error(name, "true or false")
        return value

    def number(self, name: str, *, minimum: float = 1e-9) -> float:
        value = self._described.get(name)
        if isinstance(value, bool) or not isinstance(value, int | float) or value < minimum:
            raise self._error(name, "a positive number")
        return value

    def items(self, name: str) -> list[Any]:
        value = self._described.get(name)
        if not isinstance(value, list):
            raise self._error(name, "a list")
        return value

    def texts(self, name: str) -> tuple[str, ...]:
        value = self.items(name)
        if not all(isinstance(item, str) for item in value):
            raise self._error(name, "a list of strings")
        return tuple(value)

    def mapping(self, name: str) -> dict[str, Any]:
        value = self._described.get(name)
        if not isinstance(value, dict):
            raise self._error(name, "an object")
        return value

    def cidrs(self, name: str) -> tuple[str, ...]:
        value = self._described.get(name)
        # A number would be read as an address, too.
        if not isinstance(value, list) or not all(isinstance(cidr, str) for cidr in value):
            raise self._error(name, "a list of CIDRs")
        try:
            return tuple(str(ipaddress.ip_network(cidr)) for cidr in value)
        except ValueError:
            raise self._error(name, "a list of CIDRs") from None

    def _error(self, name: str, wanted: str) -> RunDescriptionError:
        return RunDescriptionError(self._place, f"lacks {self._prefix}{name}, {wanted}")
