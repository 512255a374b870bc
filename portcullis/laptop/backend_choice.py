"""The backend that a laptop's gateway calls: an address, a command to start, or the sample."""

import shlex
import shutil
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from portcullis.errors import MisuseError
from portcullis.gateway.resources.specs import FunctionSpec
from portcullis.sample import SAMPLE

OPTION_HELP = (
    "URL of a running backend, a command that starts one (it must listen on 127.0.0.1, port "
    f"$PORT), or {SAMPLE.name} for the sample."
)


class BackendOptionError(MisuseError):
    """A --backend that is neither an address, nor a command, nor the sample's name."""


@dataclass(frozen=True, kw_only=True)
class BackendUrl:
    """A backend that runs already, without a slash at the end of its address."""

    url: str


@dataclass(frozen=True, kw_only=True)
class BackendCommand:
    """A program to start in ``directory`` and to stop with the laptop."""

    arguments: tuple[str, ...]
    directory: Path

    @property
    def text(self) -> str:
        return shlex.join(self.arguments)


@dataclass(frozen=True, kw_only=True)
class SampleBackend:
    """The sample's own backend, started and stopped with the laptop."""


@dataclass(frozen=True, kw_only=True)
class BackendFunction:
    """A Lambda function that the stack names and does not declare, from code on this machine."""

    spec: FunctionSpec


BackendChoice = BackendUrl | BackendCommand | SampleBackend | BackendFunction


def read_backend(text: str, *, directory: Path) -> BackendChoice:
    """The choice that an option's value names.

    Raises:
        BackendOptionError: the value cannot be used.
    """
    if text == SAMPLE.name:
        return SampleBackend()
    scheme, separator, _ = text.partition("://")
    if separator and scheme.isalpha():
        return BackendUrl(url=_checked(text))
    try:
        arguments = tuple(shlex.split(text))
    except ValueError as error:
        raise BackendOptionError(f"--backend {text!r} is not a command: {error}.") from None
    if not arguments:
        raise BackendOptionError(
            "--backend is empty. Write a URL such as http://127.0.0.1:9000, or a command that "
            "starts your backend."
        )
    program = arguments[0]
    if shutil.which(directory / program if "/" in program else program) is None:
        raise BackendOptionError(
            f"--backend {text!r}: there is no program {program!r} in {directory} or on PATH. Write "
            "a URL such as http://127.0.0.1:9000, or a command that starts your backend."
        )
    return BackendCommand(arguments=arguments, directory=directory)


def _checked(url: str) -> str:
    try:
        parts = urlsplit(url)
        is_wrong = not parts.hostname or parts.port == 0 or bool(parts.query or parts.fragment)
    except ValueError:
        is_wrong = True
    if is_wrong or not url.startswith(("http://", "https://")):
        raise BackendOptionError(
            f"--backend {url} must be http:// or https://, a host, a port and perhaps a path."
        )
    return url.rstrip("/")
