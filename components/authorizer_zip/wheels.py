"""The authorizer's locked wheels for one platform, fetched once by the user's own pip."""

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from enum import StrEnum
from pathlib import Path
from typing import Final

from portcullis.errors import MisuseError, PortcullisError

PIP_TIMEOUT_SECONDS: Final = 900
MANIFEST: Final = "wheels.json"
_HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")
_PINS = re.compile(r"^[A-Za-z0-9]", re.MULTILINE)


class Platform(StrEnum):
    """Where the zip will run."""

    LAMBDA = "lambda"  # arm64, Python 3.13, Amazon Linux 2023 (glibc 2.34)
    LAPTOP = "laptop"  # the interpreter that builds it


# With the newer tag alone pip takes old and beta releases of projects that use the older one.
_LAMBDA_OPTIONS: Final = (
    "--platform=manylinux_2_28_aarch64",
    "--platform=manylinux2014_aarch64",
    "--python-version=3.13",
    "--implementation=cp",
)


class WheelsError(PortcullisError):
    """The wheels could not be fetched. Carries what pip said and what to try."""


class LockError(MisuseError):
    """The lock cannot be used: it pins nothing, or without hashes."""


def fetch(lock: Path, platform: Platform, cache_dir: Path) -> tuple[Path, ...]:
    """The wheels of the lock, from the cache or by pip.

    Raises:
        LockError: the lock pins nothing or lacks hashes.
        WheelsError: pip failed, or brought something that is not in the lock.
    """
    text = lock.read_text(encoding="utf-8")
    hashes = frozenset(_HASH.findall(text))
    if not hashes or not _PINS.search(text):
        raise LockError(f"{lock} pins nothing with a sha256 hash. Write it anew: make lock")
    folder = cache_dir / f"wheels-{platform}-{_key(text, platform)}"
    wheels = _whole(folder, hashes)
    if wheels is None:
        _download(lock, platform, folder, hashes)
        wheels = _whole(folder, hashes)
    if wheels is None:
        raise WheelsError(f"{folder} changed while it was read. Run the command again.")
    return wheels


def _key(text: str, platform: Platform) -> str:
    runs_on = (
        " ".join(_LAMBDA_OPTIONS)
        if platform is Platform.LAMBDA
        else f"{sys.implementation.cache_tag} {sysconfig.get_platform()}"
    )
    return hashlib.sha256(f"{runs_on}\n{text}".encode()).hexdigest()[:16]


def _whole(folder: Path, hashes: frozenset[str]) -> tuple[Path, ...] | None:
    """The cached wheels, or None where one is missing or is not what the lock pins."""
    try:
        listed: dict[str, str] = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        wheels = tuple(folder / name for name in sorted(listed))
        found = [_sha256(wheel) for wheel in wheels]
    except (OSError, ValueError):
        return None
    is_whole = found == [listed[wheel.name] for wheel in wheels] and set(found) <= hashes
    return wheels if is_whole and wheels else None


def _download(lock: Path, platform: Platform, folder: Path, hashes: frozenset[str]) -> None:
    folder.parent.mkdir(parents=True, exist_ok=True)
    # Beside its place, so that the rename is atomic; another build may do the same at this moment.
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=f"{folder.name}.") as scratch:
        target = Path(scratch) / "wheels"
        target.mkdir()
        _run_pip(lock, platform, target)
        listed = {wheel.name: _sha256(wheel) for wheel in sorted(target.iterdir())}
        strangers = sorted(name for name, digest in listed.items() if digest not in hashes)
        if strangers:
            raise WheelsError(f"pip brought {', '.join(strangers)}, which {lock} does not pin.")
        (target / MANIFEST).write_text(json.dumps(listed, indent=1), encoding="utf-8")
        if _whole(folder, hashes) is None:
            shutil.rmtree(folder, ignore_errors=True)  # a damaged cache mends itself
            try:
                target.rename(folder)
            except OSError:
                if _whole(folder, hashes) is None:  # otherwise another build was faster
                    raise


def _run_pip(lock: Path, platform: Platform, target: Path) -> None:
    # download, not install: what goes into the zip is then exactly what the lock's hashes cover.
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check"]
    command += ["--no-input", "--require-hashes", "--no-deps", "--only-binary=:all:"]
    command += _LAMBDA_OPTIONS if platform is Platform.LAMBDA else ()
    command += [f"--dest={target}", f"--requirement={lock}"]
    try:
        finished = subprocess.run(  # noqa: S603 - our own interpreter and our own options
            command,
            capture_output=True,
            text=True,
            check=False,
            timeout=PIP_TIMEOUT_SECONDS,
            stdin=subprocess.DEVNULL,
            env=os.environ | {"PYTHONWARNINGS": "ignore"},
        )
    except subprocess.TimeoutExpired as error:
        raise WheelsError(
            f"pip did not fetch the authorizer's wheels within {PIP_TIMEOUT_SECONDS} seconds. "
            "Check the network or the index of `pip config list`, then run the command again."
        ) from error
    if finished.returncode != 0:
        raise WheelsError(_explain(finished.stderr, platform, lock))


def _explain(said: str, platform: Platform, lock: Path) -> str:
    if "No module named pip" in said:
        return (
            f"{sys.executable} has no pip, which fetches the authorizer's wheels. "
            f"Run: {sys.executable} -m ensurepip"
        )
    if "DO NOT MATCH THE HASHES" in said:
        return (
            f"A wheel that pip found for the platform {platform} is not the one that {lock} pins: "
            "its hash differs. Find out which index of `pip config list` or which folder hands it "
            "out, and do not change the lock before you know why."
        )
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    shown = "\n  ".join(lines[-6:]) or "nothing"
    return (
        f"pip could not fetch the authorizer's wheels for the platform {platform}. It said:\n"
        f"  {shown}\n"
        "Check the network, the proxy and the index of `pip config list`, then run the command "
        f"again. Without a network: put the wheels that {lock} pins into a folder and set "
        "PIP_NO_INDEX=1 and PIP_FIND_LINKS=<that folder>."
    )


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
