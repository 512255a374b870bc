"""A stack on AWS, from the options of `portcullis verify --target`."""

from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlsplit

from portcullis.acceptance.target.clients import CaseClients, KnownClient
from portcullis.acceptance.target.limits import StackLimits
from portcullis.acceptance.target.target import Target, TargetKind
from portcullis.acceptance.wire.connection import Peer, Presented
from portcullis.errors import MisuseError


def deployed(
    url: str,
    *,
    certificate: Path,
    key: Path,
    contract: Path,
    case_folders: Sequence[Path] = (),
    cacert: Path | None = None,
    default_endpoint: str | None = None,
    pki: Path | None = None,
    calls_per_minute: int | None = None,
    scopes: Sequence[str] = (),
    large_body_routes: Sequence[str] = (),
    allows_changes: bool = False,
) -> Target:
    """A stack on AWS, reached over the network with one client's certificate.

    Without ``scopes`` the client is taken to have every scope.

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
        kind=TargetKind.AWS,
        gateway=Peer.from_url(url, cacert, None),
        # Amazon's own certificate is on this one, whatever --cacert says about the custom domain.
        default_endpoint=Peer.from_url(default_endpoint, None, None) if default_endpoint else None,
        clients=CaseClients(
            registered=[
                KnownClient(
                    id=None,
                    presented=Presented(certificate=certificate, key=key),
                    scopes=frozenset(scopes) if scopes else None,
                )
            ]
        ),
        contract=contract,
        case_folders=tuple(case_folders),
        large_body_routes=tuple(large_body_routes),
        allows_changes=allows_changes,
        pki=pki,
        limits=_limits(calls_per_minute) if calls_per_minute else None,
    )


def _limits(calls_per_minute: int) -> StackLimits:
    """Fewer calls than this in a minute; what the stack is configured with is not known here."""
    return StackLimits(
        rate_limit=calls_per_minute,
        rate_window_seconds=60,
        throttle_rate=float(calls_per_minute),
        throttle_burst=calls_per_minute,
    )
