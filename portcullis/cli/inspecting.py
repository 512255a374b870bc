"""Opens the page with live calls beside a running gateway."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from portcullis.cli.options import INSPECTOR_PORT
from portcullis.inspector.recent_calls import RecentCalls
from portcullis.laptop.ports import HOST, choose_port
from portcullis.laptop.ready import Served


def load_inspector() -> None:
    """Import the page's server, which takes 0.2 s, for a thread while nothing else is ready."""
    from portcullis.inspector import server  # noqa: F401, PLC0415


def choose_inspector_port(wanted: int | None) -> int:
    """Raises PortcullisError or MisuseError."""
    return choose_port(HOST, default=INSPECTOR_PORT, wanted=wanted, option="--inspector-port")


@asynccontextmanager
async def inspecting(
    recent: RecentCalls | None, running: Callable[[], Served], *, stack: str, wanted: int | None
) -> AsyncIterator[str | None]:
    """The URL of the page while the block runs; None where no calls are kept.

    The port is chosen when it is bound: another laptop may have started since.
    """
    if recent is None:
        yield None
        return
    from portcullis.inspector.description import CallDescriptions  # noqa: PLC0415
    from portcullis.inspector.server import InspectorServer  # noqa: PLC0415

    descriptions = CallDescriptions(
        recent=recent,
        reachable=running,
        stack=stack,
        log_folder=Path(running().gates).parent,
    )
    async with InspectorServer(
        descriptions, port=choose_inspector_port(wanted)
    ).listening() as server:
        yield server.url
