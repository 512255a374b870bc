"""What is attacked: the running laptop, as `portcullis up` describes it, or a deployed stack."""

import ipaddress
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from portcullis.acceptance.errors import NotRunningError, OtherClientsError, RunDescriptionError
from portcullis.acceptance.matrix.case import CLIENT_IDS, Caller, Need
from portcullis.acceptance.wire.client import Peer, Presented
from portcullis.errors import MisuseError

READY_FILE: Final = Path(".portcullis/run/ready.json")
REVOKED_CLIENT: Final = "revoked"
MAX_BACKEND_SECONDS: Final = 5.0  # a longer timeout would make the matrix wait for too long

# Where to look for a loopback address that the web ACL blocks, and for one to flood from.
_CANDIDATES = ("127.0.1.1", "127.1.0.1", "127.200.0.1")
_FLOOD_SOURCES = tuple(f"127.0.0.{last}" for last in range(200, 250))


class Kind(StrEnum):
    LAPTOP = "laptop"
    AWS = "aws"


@dataclass(frozen=True, kw_only=True)
class SigningKey:
    """The laptop's KMS and the key that signs tokens, to make tokens with exactly one fault."""

    endpoint: str
    key_arn: str


@dataclass(frozen=True, kw_only=True)
class Target:
    """Everything that cases may use; what is None makes the cases that need it skip."""

    kind: Kind
    gateway: Peer
    clients: Mapping[str, Presented]
    default_endpoint: Peer | None = None
    backend: Peer | None = None
    control: Path | None = None
    pki: Path | None = None
    issuer: str = ""
    audience: str = ""
    jwks: Path | None = None
    kms: SigningKey | None = None
    rate_limit: int = 0
    allowed_cidrs: tuple[str, ...] = ()
    stage: str = ""
    backend_timeout_seconds: float | None = None
    flood_sources: tuple[str, ...] = field(default=())

    @property
    def blocked_source(self) -> str | None:
        """A source address that the allow-list does not hold."""
        if self.kind is not Kind.LAPTOP:
            return None
        return next((a for a in _CANDIDATES if not self._allows(a)), None)

    def _allows(self, address: str) -> bool:
        parsed = ipaddress.ip_address(address)
        networks = (ipaddress.ip_network(cidr) for cidr in self.allowed_cidrs)
        return any(parsed in network for network in networks)

    def presented(self, caller: Caller) -> Presented | None:
        """The certificate of a client that the target comes with."""
        name = REVOKED_CLIENT if caller is Caller.REVOKED else CLIENT_IDS.get(caller, "")
        return self.clients.get(name)

    def lacks(self, need: Need) -> bool:
        """Whether a case with this need has to be skipped."""
        timeout = self.backend_timeout_seconds
        has = {
            Need.PKI: self.pki is not None,
            Need.OTHER_CLIENTS: set(CLIENT_IDS.values()) <= set(self.clients),
            Need.REVOKED: REVOKED_CLIENT in self.clients,
            Need.OTHER_ADDRESS: self.blocked_source is not None,
            Need.DEFAULT_ENDPOINT: self.default_endpoint is not None,
            Need.BACKEND: self.backend is not None,
            Need.CONTROL: self.control is not None,
            Need.KMS: self.kms is not None,
            Need.SHORT_TIMEOUT: timeout is not None and timeout <= MAX_BACKEND_SECONDS,
        }
        return not has[need]


def running_laptop(file: Path = READY_FILE) -> Target:
    """The laptop that `portcullis up` started here.

    Raises:
        NotRunningError: there is no run description.
        RunDescriptionError: it lacks something.
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
        raise RunDescriptionError(file, "is no JSON") from None
    return laptop(described, file)


def laptop(described: Any, place: object = "given") -> Target:
    """A laptop from the JSON of its run description.

    Nothing is optional that a case needs: a field that is missing must not turn into skipped cases.

    Raises:
        RunDescriptionError: a field is missing or of another type.
    """
    read = _Fields(described, place)
    truststore = read.path("ca")
    default_endpoint = _peer(read.text("default_endpoint"), truststore, "127.0.0.1")
    kms = _Fields(read.mapping("kms"), place, "kms.")
    return Target(
        kind=Kind.LAPTOP,
        gateway=_peer(read.text("gateway"), truststore, "127.0.0.1"),
        default_endpoint=default_endpoint,
        backend=_peer(read.text("backend"), None, None),
        clients=_clients(read, place),
        control=read.path("control"),
        pki=read.path("pki"),
        issuer=read.text("issuer"),
        audience=read.text("audience"),
        jwks=read.path("jwks"),
        kms=SigningKey(endpoint=kms.text("endpoint"), key_arn=kms.text("key")),
        rate_limit=int(read.number("rate_limit")),
        allowed_cidrs=read.cidrs("allowed_cidrs"),
        stage=read.text("stage"),
        backend_timeout_seconds=read.number("backend_timeout_seconds"),
        flood_sources=_FLOOD_SOURCES,
    )


def deployed(
    url: str,
    *,
    certificate: Path,
    key: Path,
    cacert: Path | None = None,
    default_endpoint: str | None = None,
    pki: Path | None = None,
) -> Target:
    """A stack on AWS, reached over the network with one client's certificate.

    Raises:
        MisuseError: a URL is not https, or a file is missing.
    """
    for option, file in (("--certificate", certificate), ("--key", key), ("--cacert", cacert)):
        if file is not None and not file.is_file():
            raise MisuseError(f"{option} {file} is not a file.")
    if pki is not None and not pki.is_dir():
        raise MisuseError(f"--pki {pki} is not a folder. It is the one that `certs init` made.")
    for option, address in (("--target", url), ("--default-endpoint", default_endpoint)):
        parts = urlsplit(address or "https://unset.invalid")
        if parts.scheme != "https" or not parts.hostname or parts.path not in ("", "/"):
            raise MisuseError(f"{option} {address!r} must look like https://api.example.com.")
    return Target(
        kind=Kind.AWS,
        gateway=_peer(url, cacert, None),
        # Amazon's own certificate is on this one, whatever --cacert says about the custom domain.
        default_endpoint=_peer(default_endpoint, None, None) if default_endpoint else None,
        clients={CLIENT_IDS[Caller.CLIENT]: Presented(certificate=certificate, key=key)},
        pki=pki,
    )


def _peer(url: str, truststore: Path | None, address: str | None) -> Peer:
    parts = urlsplit(url)
    is_tls = parts.scheme == "https"
    host = parts.hostname or ""
    return Peer(
        host=host,
        port=parts.port or (443 if is_tls else 80),
        # "localhost" may mean ::1 first, and then the source address cannot be chosen.
        address=address or host,
        truststore=truststore,
        is_tls=is_tls,
    )


def _clients(read: "_Fields", place: object) -> dict[str, Presented]:
    clients = {}
    for name, files in read.mapping("clients").items():
        one = _Fields(files, place, f"clients.{name}.")
        clients[name] = Presented(certificate=one.path("certificate"), key=one.path("key"))
    missing = sorted(set(CLIENT_IDS.values()) - set(clients))
    if missing:
        raise OtherClientsError(missing)
    return clients


class _Fields:
    """Reads one object, naming what is missing or of another type."""

    def __init__(self, described: Any, place: object, prefix: str = "") -> None:
        if not isinstance(described, dict):
            raise RunDescriptionError(place, f"has no object at {prefix or 'its top'}")
        self._described: dict[str, Any] = described
        self._place = place
        self._prefix = prefix

    def text(self, name: str) -> str:
        value = self._described.get(name)
        if not isinstance(value, str) or not value:
            raise self._error(name, "a text")
        return value

    def path(self, name: str) -> Path:
        return Path(self.text(name))

    def number(self, name: str) -> float:
        value = self._described.get(name)
        if isinstance(value, bool) or not isinstance(value, int | float) or value <= 0:
            raise self._error(name, "a positive number")
        return value

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
