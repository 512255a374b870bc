"""Opens the page with live calls beside a running gateway."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from portcullis.cli.collector import keep_what_is_loaded
from portcullis.cli.options import INSPECTOR_PORT
from portcullis.inspector.address import InspectorAddress
from portcullis.inspector.recent_calls import RecentCalls
from portcullis.laptop.ports import HOST, choose_port
from portcullis.laptop.ready import Served


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
    address = InspectorAddress(choose_inspector_port(wanted))
    is_over = asyncio.Event()
    serving = asyncio.create_task(_serve(address, recent, running, stack, is_over))
    try:
        yield address.url
    finally:
        is_over.set()
        await serving


async def _serve(
    address: InspectorAddress,
    recent: RecentCalls,
    running: Callable[[], Served],
    stack: str,
    is_over: asyncio.Event,
) -> None:
    await asyncio.to_thread(_load)
    from portcullis.inspector.description import CallDescriptions  # noqa: PLC0415
    from portcullis.inspector.server import InspectorServer  # noqa: PLC0415

    descriptions = CallDescriptions(
        recent=recent, reachable=running, stack=stack, log_folder=Path(running().gates).parent
    )
    async with InspectorServer(descriptions, address).listening():
        await is_over.wait()


def _load() -> None:
    """Import the page's server, which takes 0.2 s: the gateway answers already."""
    from portcullis.inspector import description, server  # noqa: F401, PLC0415

    keep_what_is_loaded()
