"""The target of `portcullis verify` from its options, and whether it can be reached at all."""

import re
import socket
from dataclasses import dataclass, fields
from pathlib import Path

from portcullis.acceptance.errors import NotRunningError, UnreachableError
from portcullis.acceptance.target.deployed import deployed
from portcullis.acceptance.target.run_description import running_laptop
from portcullis.acceptance.target.target import Target
from portcullis.errors import MisuseError
from portcullis.sample import SAMPLE
from portcullis.settings.groups.contract import ContractSettings
from portcullis.settings.project import ProjectError, find_project

READY_FILE = Path("run/ready.json")
PROBE_SECONDS = 3.0
_REGION = re.compile(r"[a-z]{2}(?:-[a-z]+)+-[0-9]")


@dataclass(frozen=True, kw_only=True)
class DeployedOptions:
    """The options that describe a deployed stack. None and empty: not given."""

    certificate: Path | None
    key: Path | None
    cacert: Path | None
    endpoint: str | None
    pki: Path | None
    contract: Path | None
    scopes: tuple[str, ...]
    large_bodies: tuple[str, ...]
    allows_changes: bool
    calls_per_minute: int | None


def chosen_target(url: str | None, state_dir: Path, options: DeployedOptions) -> Target:
    """The running laptop, or the deployed stack at ``url``.

    Raises:
        NotRunningError: there is no run description of a laptop.
        MisuseError: options are missing, or do not go together.
    """
    if url is None:
        if any(getattr(options, field.name) for field in fields(options)):
            raise MisuseError(
                "--certificate, --key, --cacert, --default-endpoint, --pki, --contract, --scope, "
                "--large-body, --allow-changes and --calls-per-minute describe a deployed stack: "
                "add --target https://…, or leave them out to attack the running laptop."
            )
        return running_laptop(state_dir / READY_FILE)
    if options.certificate is None or options.key is None:
        raise MisuseError(
            "--target needs --certificate FILE and --key FILE of a client, and --scope SCOPE for "
            "each of its scopes if it lacks one."
        )
    project = _project()
    contract = options.contract or project / ContractSettings.contract_file
    return deployed(
        url,
        certificate=options.certificate,
        key=options.key,
        contract=contract,
        case_folders=[
            *([SAMPLE.cases] if SAMPLE.owns(contract, project=project) else []),
            project / "acceptance",
        ],
        cacert=options.cacert,
        default_endpoint=options.endpoint,
        pki=options.pki,
        calls_per_minute=options.calls_per_minute,
        scopes=options.scopes,
        large_body_routes=options.large_bodies,
        allows_changes=options.allows_changes,
    )


def require_reachable(target: Target, url: str | None, state_dir: Path) -> None:
    """Raises NotRunningError or UnreachableError if nothing listens at the target."""
    peer = target.gateway
    try:
        socket.create_connection((peer.address, peer.port), PROBE_SECONDS).close()
    except OSError as error:
        if url is not None:
            raise UnreachableError(url, error.strerror or str(error)) from None
        raise NotRunningError(
            state_dir / READY_FILE,
            f"describes a laptop that no longer answers on port {peer.port}",
        ) from None


def _project() -> Path:
    """The project's folder, or the current one outside a project."""
    try:
        return find_project(Path.cwd())
    except ProjectError:
        return Path.cwd()


def recorded_region(target: Target, region: str | None) -> str:
    """The region for a recording: the option, or what the target's own names say.

    Raises:
        MisuseError: neither names a region.
    """
    if region is None and target.kms is not None:
        region = target.kms.key_arn.split(":")[3]
    if region is None and target.default_endpoint is not None:
        _, _, rest = target.default_endpoint.host.partition(".execute-api.")
        region = rest.partition(".")[0]
    if not region or not _REGION.fullmatch(region):
        raise MisuseError(
            f"--record needs the stack's region, and {region!r} is not a region. Add, for example: "
            "--region eu-central-1"
        )
    return region
