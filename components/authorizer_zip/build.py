"""Builds the zip that Lambda runs: the authorizer, the registry, the routes, the locked wheels.

Equal inputs give equal bytes on every machine, so an unchanged authorizer never makes a new
version. It holds no .pyc files: they would be equal only where the same interpreter built them, and
with SnapStart no caller waits for the compilation.
"""

import base64
import hashlib
import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from cryptography import x509

from authorizer.policy import LONG_STAGE_ARN, Policies, PolicyError, Route, check_limits
from components.authorizer_zip.archive import ArchiveEntry, archive, entries_of, stored
from components.authorizer_zip.revocations import revocations_file
from components.authorizer_zip.wheels import Platform, fetch
from portcullis.errors import MisuseError
from portcullis.files import replace
from portcullis.registry.model import MAX_FILE_CLIENTS
from portcullis.registry.revocation_lists.verified import VerifiedCrl

__all__ = ["AuthorizerPackage", "PackagingError", "Platform", "ScopedRoute", "build"]

SOURCE: Final = Path(__file__).parents[2] / "authorizer"
LOCK: Final = "requirements.txt"
MAX_ZIP_BYTES: Final = 8 * 1024 * 1024  # ours: a cold start downloads it

# cryptography needs cffi's compiled half alone; pycparser only serves the other half.
_UNUSED_WHEELS: Final = frozenset({"pycparser"})
_ONLY_COMPILED: Final = frozenset({"cffi"})
# Describes the files as pip unpacks them, which is not what the zip holds.
_UNUSED_METADATA: Final = frozenset({"RECORD", "INSTALLER", "REQUESTED", "direct_url.json"})


class PackagingError(MisuseError):
    """The authorizer cannot be packed. Names what to change."""


@dataclass(frozen=True, kw_only=True)
class ScopedRoute:
    """One method of the contract that goes through the authorizer, and the scope it needs."""

    method: str  # "GET"
    path: str  # "/orders/{orderId}"
    scope: str


@dataclass(frozen=True, kw_only=True)
class AuthorizerPackage:
    """A built zip. Its name holds its content's hash, so it is never overwritten."""

    path: Path
    sha256: str  # hex

    @property
    def source_code_hash(self) -> str:
        """As Lambda and ``aws.lambda_.Function`` spell it."""
        return base64.b64encode(bytes.fromhex(self.sha256)).decode("ascii")


def build(
    *,
    clients_json: str,
    routes: Sequence[ScopedRoute],
    platform: Platform,
    cache_dir: Path,
    source: Path = SOURCE,
    crls: Sequence[VerifiedCrl] = (),
    truststore: Sequence[x509.Certificate] = (),
    name: str = "authorizer",
    top: str = "",
    beside: Mapping[str, bytes] = MappingProxyType({}),
) -> AuthorizerPackage:
    """Build the zip, or reuse it. Only the first build of a lock needs the network.

    ``name`` begins the name of the file. The package `authorizer` is below ``top`` in the zip, and
    the files of ``beside`` at their own paths.

    With ``crls``, every certificate whose issuer has no list among them is refused. ``truststore``
    are the CA certificates that they were verified with.

    Raises:
        PackagingError: a limit of API Gateway or of the zip would be exceeded.
        LockError: the lock lacks hashes.
        WheelsError: the wheels could not be fetched.
    """
    clients = json.loads(clients_json)
    _check_policies(clients, routes)
    _check_count(len(clients["clients"]))
    wheels = fetch(source / LOCK, platform, cache_dir)
    files = {
        "clients.json": clients_json.encode(),
        "routes.json": _routes_json(routes).encode(),
    }
    if crls:
        files["revocations.bin"] = revocations_file(crls, truststore)
    ours = _ours(source, files, top)
    entries = [*ours, *(stored(*one) for one in beside.items()), *_locked(wheels)]
    _check_names(entries)
    content = archive(entries)
    if len(content) > MAX_ZIP_BYTES:
        raise PackagingError(
            f"The authorizer's zip has {len(content)} bytes, but {MAX_ZIP_BYTES} are the limit: "
            + "; ".join(f"{n} takes {len(files[n])}" for n in sorted(files))
            + ". Keep large registries in DynamoDB: pulumi config set portcullis:registry dynamodb"
        )
    digest = hashlib.sha256(content).hexdigest()
    path = cache_dir / f"{name}-{platform}-{digest[:16]}.zip"
    _write_once(path, content)
    return AuthorizerPackage(path=path, sha256=digest)


def _ours(source: Path, files: Mapping[str, bytes], top: str) -> Iterator[ArchiveEntry]:
    modules = sorted(source.glob("*.py"))
    if not modules:
        raise PackagingError(f"{source} holds no Python modules: the checkout is incomplete.")
    for module in modules:
        # A checkout on Windows may hold other line ends.
        content = module.read_bytes().replace(b"\r\n", b"\n")
        yield stored(f"{top}authorizer/{module.name}", content)
    for name, content in files.items():
        yield stored(f"{top}authorizer/{name}", content)


def _routes_json(routes: Sequence[ScopedRoute]) -> str:
    listed = sorted(
        ({"method": r.method, "path": r.path, "scope": r.scope} for r in routes),
        key=lambda route: (route["path"], route["method"]),
    )
    return json.dumps(listed, sort_keys=True, separators=(",", ":")) + "\n"


def _locked(wheels: Iterable[Path]) -> Iterator[ArchiveEntry]:
    for wheel in wheels:
        project = wheel.name.partition("-")[0].lower()
        if project in _UNUSED_WHEELS:
            continue
        for entry in entries_of(wheel):
            top, _, rest = entry.name.partition("/")
            if top.endswith(".data"):
                raise PackagingError(
                    f"{wheel.name} holds {entry.name}, which an installation would move elsewhere. "
                    "Handle it in components/authorizer_zip/build.py."
                )
            is_metadata = top.endswith(".dist-info")
            if project in _ONLY_COMPILED and rest and not is_metadata:
                continue
            if entry.name.endswith(".pyi") or (is_metadata and rest in _UNUSED_METADATA):
                continue
            yield entry


def _check_names(entries: Iterable[ArchiveEntry]) -> None:
    seen: set[str] = set()
    for entry in entries:
        if entry.name in seen:
            raise PackagingError(f"{entry.name} would be in the authorizer's zip twice.")
        if not entry.name.isascii() or ".." in entry.name.split("/") or entry.name[0] == "/":
            raise PackagingError(
                f"{entry.name!r} must be a relative ASCII path to be in the authorizer's zip."
            )
        seen.add(entry.name)


def _check_policies(clients: Any, routes: Sequence[ScopedRoute]) -> None:
    """Refuse what the function would refuse at every call."""
    refused = "The contract"
    try:
        policies = Policies([Route(method=r.method, path=r.path, scope=r.scope) for r in routes])
        named = {tuple(entry["scopes"]): name for name, entry in clients["clients"].items()}
        for scopes, name in sorted(named.items()):
            refused = f"The contract, for the client {name}"
            check_limits(policies.statements(scopes), LONG_STAGE_ARN)
    except PolicyError as error:
        raise PackagingError(f"{refused}: {error}") from error
    except (KeyError, TypeError, AttributeError) as error:
        raise PackagingError(
            "clients_json must be what ClientRegistry.to_json writes: "
            f"{type(error).__name__} in its clients."
        ) from error


def _check_count(clients: int) -> None:
    if clients > MAX_FILE_CLIENTS:
        raise PackagingError(
            f"The registry file holds {clients:,} clients, and the authorizer reads up to "
            f"{MAX_FILE_CLIENTS:,} from its zip. Keep them in DynamoDB: "
            "pulumi config set portcullis:registry dynamodb"
        )


def _write_once(path: Path, content: bytes) -> None:
    if path.exists() and path.read_bytes() == content:
        os.utime(path)  # a laptop removes those that were not used for long
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    replace(path, content, mode=0o644)  # another build may write the same bytes at this moment
