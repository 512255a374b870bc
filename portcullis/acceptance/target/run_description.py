"""The running laptop, from the run description that `portcullis up` writes."""

import ipaddress
import json
from pathlib import Path
from typing import Any, Final

from portcullis.acceptance.errors import NotRunningError, OtherClientsError, RunDescriptionError
from portcullis.acceptance.matrix.caller import CLIENT_IDS
from portcullis.acceptance.target.target import Target, TargetKind, TargetSigningKey
from portcullis.acceptance.wire.connection import Peer, Presented

READY_FILE: Final = Path(".portcullis/run/ready.json")
LOOPBACK: Final = "127.0.0.1"
# Each run of the matrix floods from the first of these that is not blocked yet.
_FLOOD_SOURCES = tuple(f"127.0.0.{last}" for last in range(200, 250))


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
    default_endpoint = Peer.from_url(read.text("default_endpoint"), truststore, LOOPBACK)
    kms = _Fields(read.mapping("kms"), place, "kms.")
    return Target(
        kind=TargetKind.LAPTOP,
        gateway=Peer.from_url(read.text("gateway"), truststore, LOOPBACK),
        default_endpoint=default_endpoint,
        backend=Peer.from_url(read.text("backend"), None, None),
        clients=_clients(read, place),
        control=read.path("control"),
        pki=read.path("pki"),
        issuer=read.text("issuer"),
        audience=read.text("audience"),
        jwks=read.path("jwks"),
        kms=TargetSigningKey(endpoint=kms.text("endpoint"), key_arn=kms.text("key")),
        rate_limit=int(read.number("rate_limit")),
        allowed_cidrs=read.cidrs("allowed_cidrs"),
        stage=read.text("stage"),
        backend_timeout_seconds=read.number("backend_timeout_seconds"),
        flood_sources=_FLOOD_SOURCES,
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
