"""The running laptop, from the run description that `portcullis up` writes."""

import ipaddress
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from portcullis.acceptance.errors import NotRunningError, RunDescriptionError
from portcullis.acceptance.generated.renewal_cases import RenewalTarget
from portcullis.acceptance.target.addresses import IPV4_LOOPBACK, loopback_sources
from portcullis.acceptance.target.clients import CaseClients, KnownClient
from portcullis.acceptance.target.limits import StackLimits
from portcullis.acceptance.target.target import Target, TargetKind, TargetSigningKey
from portcullis.acceptance.wire.connection import Peer, Presented
from portcullis.errors import MisuseError
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
    except (FileNotFoundError, NotADirectoryError):
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
    kms = read.object("kms")
    backend_tls = read.object("backend_tls") if read.has("backend_tls") else None
    presented = {name: _files(one) for name, one in read.object("clients").objects()}
    return Target(
        kind=TargetKind.LAPTOP,
        gateway=Peer.from_url(read.text("gateway"), truststore, IPV4_LOOPBACK),
        default_endpoint=Peer.from_url(read.text("default_endpoint"), truststore, IPV4_LOOPBACK),
        backend=_backend(read, truststore),
        backend_identity=_files(backend_tls) if backend_tls else None,
        backend_server=_files(backend_tls, "server_") if backend_tls else None,
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
        limits=_limits(read),
        sources=loopback_sources(read.cidrs("allowed_cidrs")),
        stage=read.text("stage"),
        backend_timeout_seconds=read.number("backend_timeout_seconds"),
        renewal=_renewal(read),
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


def _renewal(read: "_Fields") -> RenewalTarget | None:
    if not read.has("certificate_renewal"):
        return None
    route = read.object("certificate_renewal")
    return RenewalTarget(path=route.text("path"), scope=route.text("scope"))


def _files(read: "_Fields", prefix: str = "") -> Presented:
    return Presented(certificate=read.path(f"{prefix}certificate"), key=read.path(f"{prefix}key"))


def _limits(read: "_Fields") -> StackLimits:
    plans = read.list_of_objects("rate_plans")
    quotas = [int(plan.number("quota_per_day")) for plan in plans if plan.has("quota_per_day")]
    rates = [read.number("throttle_rate"), *(plan.number("rate_per_second") for plan in plans)]
    bursts = [read.number("throttle_burst"), *(plan.number("burst") for plan in plans)]
    return StackLimits(
        rate_limit=int(read.number("rate_limit")),
        rate_window_seconds=int(read.number("rate_window_seconds")),
        throttle_rate=min(rates),
        throttle_burst=int(min(bursts)),
        quota_per_day=min(quotas, default=None),
        authorizer_cache_seconds=int(read.number("authorizer_cache_seconds", minimum=0)),
        managed_rule_groups=read.texts("managed_rule_groups"),
    )


def _clients(clients_file: Path, presented: Mapping[str, Presented]) -> CaseClients:
    """The registered clients whose certificates fit, those with the most scopes first.

    A certificate of the laptop carries the client's SAN URI, and is none that a client is pinned
    to.

    Raises:
        MisuseError: none of them is active.
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
        raise MisuseError(
            f"{clients_file} has no active client that the matrix can call as: one that matches a "
            "sanUri of any issuer and is pinned to no certificate. Add one: portcullis clients add"
        )
    return CaseClients(registered=sorted(usable, key=lambda one: -len(one.scopes or ())))


class _Fields:
    """Reads one JSON object. Errors name the field that is missing or has another type."""

    def __init__(self, described: Any, place: object, prefix: str = "") -> None:
        if not isinstance(described, dict):
            raise RunDescriptionError(place, f"has no object at {prefix or 'its top'}")
        self._described: dict[str, Any] = described
        self._place = place
        self._prefix = prefix

    def has(self, name: str) -> bool:
        return self._described.get(name) is not None

    def text(self, name: str) -> str:
        return str(self._get(name, "a string", lambda v: isinstance(v, str) and v != ""))

    def path(self, name: str) -> Path:
        return Path(self.text(name))

    def flag(self, name: str) -> bool:
        return bool(self._get(name, "true or false", lambda v: isinstance(v, bool)))

    def number(self, name: str, *, minimum: float = 1e-9) -> float:
        def is_right(value: Any) -> bool:
            is_number = isinstance(value, int | float) and not isinstance(value, bool)
            return is_number and value >= minimum

        return float(self._get(name, "a positive number", is_right))

    def texts(self, name: str, wanted: str = "a list of strings") -> tuple[str, ...]:
        return tuple(self._get(name, wanted, _is_list_of_strings))

    def cidrs(self, name: str) -> tuple[str, ...]:
        try:
            return tuple(str(ipaddress.ip_network(c)) for c in self.texts(name, "a list of CIDRs"))
        except ValueError:
            raise self._error(name, "a list of CIDRs") from None

    def object(self, name: str) -> "_Fields":
        value = self._get(name, "an object", lambda v: isinstance(v, dict))
        return _Fields(value, self._place, f"{name}.")

    def objects(self) -> list[tuple[str, "_Fields"]]:
        """Each member of this object, which must be an object itself."""
        return [
            (name, _Fields(value, self._place, f"{self._prefix}{name}."))
            for name, value in self._described.items()
        ]

    def list_of_objects(self, name: str) -> list["_Fields"]:
        listed = self._get(name, "a list", lambda v: isinstance(v, list))
        return [_Fields(value, self._place, f"{name}.") for value in listed]

    def _get(self, name: str, wanted: str, is_right: Callable[[Any], bool]) -> Any:
        value = self._described.get(name)
        if not is_right(value):
            raise self._error(name, wanted)
        return value

    def _error(self, name: str, wanted: str) -> RunDescriptionError:
        return RunDescriptionError(self._place, f"lacks {self._prefix}{name}, {wanted}")


def _is_list_of_strings(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) for item in value)
