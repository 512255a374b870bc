"""AWS services on the laptop (KMS, DynamoDB, S3): a moto server in a process of its own.

The listening socket is ours and the server inherits it, so the address is known before it starts,
nobody else can take it, and it stays the same over a restart. What the server held in memory does
not survive one: ``on_restart`` is where the caller puts it back.
"""

import os
import socket
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from portcullis.gateway.moto_door import HEALTH_PATH, Door
from portcullis.gateway.processes import (
    Command,
    Supervised,
    answers_http,
    minimal_environment,
)


class MotoServer:
    """A running server; ``endpoint_url`` is what ``AWS_ENDPOINT_URL_*`` should say."""

    def __init__(self, listening: socket.socket, process: Supervised) -> None:
        host, port = listening.getsockname()
        self.endpoint_url = f"http://{host}:{port}"
        self.process = process
        self._listening = listening

    @classmethod
    async def start(
        cls,
        *,
        state_directory: Path,
        log_file: Path,
        on_restart: Callable[[], Awaitable[None]] | None = None,
        port: int = 0,
    ) -> "MotoServer":
        """Raises ProcessError if the server does not become healthy."""
        _make(state_directory)
        listening = socket.create_server(("127.0.0.1", port), backlog=128)
        url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        environment = minimal_environment(state_directory) | {
            # moto signs and calls with made-up credentials only, and must never reach AWS.
            "AWS_ACCESS_KEY_ID": "testing",
            "AWS_SECRET_ACCESS_KEY": "testing",
            "AWS_EC2_METADATA_DISABLED": "true",
            "MOTO_PORT": str(listening.getsockname()[1]),
        }
        process = Supervised(
            Command(
                name="moto",
                arguments=(
                    sys.executable, "-m", "portcullis.gateway.moto", str(listening.fileno()),
                ),
                environment=environment,
                directory=state_directory,
                log_file=log_file,
                descriptors=(listening.fileno(),),
            ),
            is_healthy=answers_http(url + HEALTH_PATH),
            on_restart=on_restart,
        )  # fmt: skip
        try:
            await process.start()
        except BaseException:
            listening.close()
            raise
        return cls(listening, process)

    async def stop(self) -> None:
        await self.process.stop()
        self._listening.close()


def _make(directory: Path) -> None:
    directory.mkdir(parents=True, exist_ok=True)


def main(descriptor: int) -> None:
    """The child: serve on the inherited socket until SIGTERM."""
    # Imported here: the parent only needs the class above.
    from moto.moto_server.werkzeug_app import (  # noqa: PLC0415
        DomainDispatcherApplication,
        MotoRequestHandler,
        create_backend_app,
    )
    from werkzeug.serving import make_server  # noqa: PLC0415

    class QuietHandler(MotoRequestHandler):
        def log_request(self, *_arguments: Any) -> None:
            """Calls are not logged: they hold events and digests."""

    listening = socket.socket(fileno=os.dup(descriptor))
    host, port = listening.getsockname()
    listening.close()
    server = make_server(
        host,
        port,
        Door(DomainDispatcherApplication(create_backend_app), host=host, port=port),
        threaded=True,
        request_handler=QuietHandler,
        fd=descriptor,
    )
    server.serve_forever()


if __name__ == "__main__":
    main(int(sys.argv[1]))
