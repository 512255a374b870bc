"""AWS services on the laptop (KMS, DynamoDB): a moto server in a process of its own.

The server inherits our listening socket, so its address is known before it starts, no other process
can take it, and it survives a restart. The journal of its writes is inherited too: an unnamed file
in RAM that ends with our process (memfd_create(2)).
"""

import os
import socket
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from portcullis.gateway.emulator.caller_check import HEALTH_PATH, CallerCheck
from portcullis.gateway.emulator.planted_keys import PlantedKey
from portcullis.gateway.processes.child import (
    Command,
    Supervised,
    answers_http,
    minimal_environment,
)


class MotoServer:
    """A running server; ``endpoint_url`` is what ``AWS_ENDPOINT_URL_*`` should say."""

    def __init__(self, listening: socket.socket, notes: int, process: Supervised) -> None:
        host, port = listening.getsockname()
        self.endpoint_url = f"http://{host}:{port}"
        self.process = process
        self._listening = listening
        self._notes = notes

    @classmethod
    async def start(
        cls,
        *,
        state_directory: Path,
        log_file: Path,
        port: int = 0,
        keys: Sequence[PlantedKey] = (),
    ) -> "MotoServer":
        """Raises ProcessError if the server does not become healthy."""
        _make(state_directory)
        listening = socket.create_server(("127.0.0.1", port), backlog=128)
        notes = os.memfd_create("portcullis-moto")
        os.pwrite(notes, b"".join(key.note() for key in keys), 0)
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
                    *(sys.executable, "-m", __name__),
                    *(str(listening.fileno()), str(notes)),
                ),
                environment=environment,
                directory=state_directory,
                log_file=log_file,
                descriptors=(listening.fileno(), notes),
            ),
            is_healthy=answers_http(url + HEALTH_PATH),
        )  # fmt: skip
        try:
            await process.start()
        except BaseException:
            listening.close()
            os.close(notes)
            raise
        return cls(listening, notes, process)

    async def stop(self) -> None:
        await self.process.stop()
        self._listening.close()
        os.close(self._notes)


def _make(directory: Path) -> None:
    directory.mkdir(parents=True, exist_ok=True)


def main(descriptor: int, notes: int) -> None:
    """The child: replay the journal, then serve on the inherited socket until SIGTERM."""
    # Imported here: the parent only needs the class above.
    from moto.moto_server.werkzeug_app import (  # noqa: PLC0415
        DomainDispatcherApplication,
        MotoRequestHandler,
        create_backend_app,
    )
    from werkzeug.serving import make_server  # noqa: PLC0415

    from portcullis.gateway.emulator.journal import Journal, ReplayError  # noqa: PLC0415

    class QuietHandler(MotoRequestHandler):
        def log_request(self, *_arguments: Any) -> None:
            """Log nothing: calls hold events and digests."""

    journal = Journal(DomainDispatcherApplication(create_backend_app), notes)
    try:
        replayed = journal.replay()
    except ReplayError as error:
        sys.exit(str(error))
    print(f"replayed {replayed} writes", flush=True)  # noqa: T201 - the log file
    listening = socket.socket(fileno=os.dup(descriptor))
    host, port = listening.getsockname()
    listening.close()
    server = make_server(
        host,
        port,
        CallerCheck(journal, host=host, port=port),
        threaded=True,
        request_handler=QuietHandler,
        fd=descriptor,
    )
    server.serve_forever()


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
