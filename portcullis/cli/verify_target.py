"""The target of `portcullis verify` from its options, and whether it can be reached at all."""

import re
import socket
from pathlib import Path

from portcullis.acceptance.errors import NotRunningError, UnreachableError
from portcullis.acceptance.target.deployed import deployed
from portcullis.acceptance.target.run_description import running_laptop
from portcullis.acceptance.target.target import Target
from portcullis.errors import MisuseError

READY_FILE = Path("run/ready.json")
PROBE_SECONDS = 3.0
_REGION = re.compile(r"[a-z]{2}(?:-[a-z]+)+-[0-9]")


def chosen_target(
    url: str | None,
    state_dir: Path,
    certificate: Path | None,
    key: Path | None,
    *,
    cacert: Path | None,
    endpoint: str | None,
    pki: Path | None,
    calls_per_minute: int | None,
) -> Target:
    if url is None:
        if certificate or key or cacert or endpoint or pki or calls_per_minute:
            raise MisuseError(
                "--certificate, --key, --cacert, --default-endpoint, --pki and --calls-per-minute "
                "describe a deployed stack: add --target https://…, or leave them out to attack "
                "the running laptop."
            )
        return _laptop(state_dir / READY_FILE)
    if certificate is None or key is None:
        raise MisuseError(
            "--target needs --certificate FILE and --key FILE of a client that may read and write."
        )
    attacked = deployed(
        url,
        certificate=certificate,
        key=key,
        cacert=cacert,
        default_endpoint=endpoint,
        pki=pki,
        calls_per_minute=calls_per_minute,
    )
    peer = attacked.gateway
    try:
        socket.create_connection((peer.address, peer.port), PROBE_SECONDS).close()
    except OSError as error:
        raise UnreachableError(url, error.strerror or str(error)) from None
    return attacked


def _laptop(file: Path) -> Target:
    target = running_laptop(file)
    peer = target.gateway
    try:
        socket.create_connection((peer.address, peer.port), PROBE_SECONDS).close()
    except OSError:
        raise NotRunningError(
            file, f"describes a laptop that no longer answers on port {peer.port}"
        ) from None
    return target


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
