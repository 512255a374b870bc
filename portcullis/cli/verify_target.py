"""The target of `portcullis verify` from its options, and whether it can be reached at all."""

import re
import socket
import ssl
from pathlib import Path
from typing import NoReturn

from portcullis.acceptance.errors import NotRunningError
from portcullis.acceptance.target.target import Target
from portcullis.errors import MisuseError, PortcullisError
from portcullis.sample import SAMPLE
from portcullis.settings.groups.contract import ContractSettings
from portcullis.settings.project import ProjectError, find_project

READY_FILE = Path("run/ready.json")
PROBE_SECONDS = 3.0
_REGION = re.compile(r"[a-z]{2}(?:-[a-z]+)+-[0-9]")


def contract_and_cases(contract: Path | None) -> tuple[Path, list[Path]]:
    """The contract, or else the project's default, and the folders with more cases for it."""
    project = _project()
    contract = contract or project / ContractSettings.contract_file
    sample = [SAMPLE.cases] if SAMPLE.owns(contract, project=project) else []
    return contract, [*sample, project / "acceptance"]


def require_reachable(target: Target, url: str | None, state_dir: Path) -> None:
    """Raises NotRunningError or PortcullisError if nothing listens at the target."""
    peer = target.gateway
    try:
        socket.create_connection((peer.address, peer.port), PROBE_SECONDS).close()
    except OSError as error:
        if url is not None:
            raise PortcullisError(
                f"Nothing answers at {url}: {error.strerror or error}. Check --target, the name in "
                "DNS, and that this network lets you out; nothing was attacked."
            ) from None
        raise NotRunningError(
            state_dir / READY_FILE,
            f"describes a laptop that no longer answers on port {peer.port}",
        ) from None


def require_usable(certificate: Path, key: Path, cacert: Path | None) -> None:
    """Raises MisuseError if no TLS connection can be made with these files."""

    def encrypted() -> NoReturn:
        raise MisuseError(
            f"--key {key} is encrypted. Write a copy that only you can read, and name that: "
            f"(umask 077; openssl pkey -in {key} -out client.key)"
        )

    context = ssl.create_default_context()
    context.set_ciphers("DEFAULT:@SECLEVEL=0")  # as the cases, which present weak keys too
    try:
        context.load_cert_chain(certificate, key, encrypted)
    except ssl.SSLError:
        raise MisuseError(
            f"--certificate {certificate} and --key {key} must be a client certificate in PEM and "
            f"its private key in PEM. See: portcullis certs inspect {certificate}"
        ) from None
    try:
        if cacert is not None:
            context.load_verify_locations(cacert)
    except ssl.SSLError:
        raise MisuseError(
            f"--cacert {cacert} must hold a CA certificate in PEM: the issuer of the server "
            "certificate, where that is not a public one."
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
