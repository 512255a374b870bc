"""The ports of a laptop: the one asked for, or a free one in place of a default that is taken."""

import errno
import secrets
import socket
from dataclasses import dataclass

from portcullis.errors import MisuseError, PortcullisError
from portcullis.laptop.backend_choice import BackendCommand, BackendUrl
from portcullis.laptop.options import (
    BACKEND_PORT,
    DEFAULT_ENDPOINT_PORT,
    GATEWAY_PORT,
    LaptopOptions,
)
from portcullis.settings.stack_settings import StackSettings

HOST = "127.0.0.1"
MAX_PORT = 65535
UNASSIGNED = range(20_000, 32_768)  # Linux assigns ports from 32768 on, macOS from 49152 on
ATTEMPTS = 100
BACKEND_URL = StackSettings.key("backend_url")


@dataclass(frozen=True, kw_only=True)
class Ports:
    """Chosen before the program runs: the backend's address is one of its settings."""

    gateway: int
    default_endpoint: int
    backend: int | None  # None for a backend that has its own address
    backend_scheme: str = "https"  # http for a command of the user's

    @property
    def backend_url(self) -> str | None:
        return None if self.backend is None else f"{self.backend_scheme}://{HOST}:{self.backend}"


def choose_ports(options: LaptopOptions) -> Ports:
    """The ports of one run.

    Raises:
        PortcullisError: a port that an option asked for is taken.
        MisuseError: an option names a number that no port has.
        MisuseError: options that exclude each other.
    """
    has_address = isinstance(options.backend, BackendUrl)
    if options.backend is not None and BACKEND_URL in options.config:
        raise MisuseError(
            f"--backend and --config {BACKEND_URL} both name the backend. Leave out one of them."
        )
    if has_address and options.backend_port is not None:
        raise MisuseError(
            "--backend-port is for a backend that this command starts, and --backend is a URL. "
            "Leave out --backend-port."
        )
    gateway, default_endpoint = choose_listener_ports(options.port, options.default_endpoint_port)
    return Ports(
        gateway=gateway,
        default_endpoint=default_endpoint,
        backend=None
        if has_address or BACKEND_URL in options.config
        else choose_port(
            HOST, default=BACKEND_PORT, wanted=options.backend_port, option="--backend-port"
        ),
        backend_scheme="http" if isinstance(options.backend, BackendCommand) else "https",
    )


def choose_listener_ports(port: int | None, default_endpoint_port: int | None) -> tuple[int, int]:
    """Those of the custom domain and of the default endpoint; see `choose_port`."""
    default_option = "--default-endpoint-port"
    return (
        choose_port(HOST, default=GATEWAY_PORT, wanted=port, option="--port"),
        choose_port(
            HOST, default=DEFAULT_ENDPOINT_PORT, wanted=default_endpoint_port, option=default_option
        ),
    )


def choose_port(host: str, *, default: int, wanted: int | None, option: str) -> int:
    """The port to use. A default that is taken is replaced; a port that was asked for is not.

    Raises:
        PortcullisError: the port that ``option`` asked for is taken.
        MisuseError: the number is not a port.
    """
    port = default if wanted is None else wanted
    if not 0 <= port <= MAX_PORT:
        raise MisuseError(f"{option} is {port}, but a port is 1 to {MAX_PORT}; 0 takes a free one.")
    if is_free(host, port):
        return port if port else free_port(host)
    if wanted is None:
        return free_port(host)
    raise PortcullisError(
        f"Port {wanted} of {host} is already in use. Stop whatever listens there, or choose "
        f"another port: {option} PORT (0 takes a free one)."
    )


def is_free(host: str, port: int) -> bool:
    with socket.socket() as probe:
        # As servers bind: a port in TIME_WAIT is free, one with a listener is not.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            if error.errno in {errno.EADDRINUSE, errno.EACCES}:
                return False
            raise
    return True


def free_port(host: str) -> int:
    """A port that nothing uses, for a server that binds it later.

    It lies below the ports that the system itself gives to connections and to servers that ask for
    any port, so that no other process is given it in the meantime.
    """
    for _ in range(ATTEMPTS):
        port = secrets.choice(UNASSIGNED)
        if is_free(host, port):
            return port
    with socket.socket() as probe:
        probe.bind((host, 0))
        assigned: int = probe.getsockname()[1]
        return assigned


def loopback_addresses() -> tuple[str, ...]:
    """127.0.0.1, and ::1 where this machine has it."""
    try:
        with socket.socket(socket.AF_INET6) as probe:
            probe.bind(("::1", 0))
    except OSError:
        return ("127.0.0.1",)
    return ("127.0.0.1", "::1")
