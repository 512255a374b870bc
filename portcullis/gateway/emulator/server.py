"""AWS services on the laptop (KMS, DynamoDB): a moto server in a process of its own.

The server inherits our socket, so its address is known before it starts, no other process can take
it, and it survives a restart. The journal of its writes is inherited too: an unnamed file in RAM
that ends with our process (memfd_create(2)).
"""

import gc
import os
import socket
import sys
from collections.abc import Iterable
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
    """A server in its process; ``endpoint_url`` is what ``AWS_ENDPOINT_URL_*`` should say."""

    def __init__(
        self, bound: socket.socket, notes: int, pipe: tuple[int, int], process: Supervised
    ) -> None:
        host, port = bound.getsockname()
        self.endpoint_url = f"http://{host}:{port}"
        self.process = process
        self._socket = bound
        self._notes = notes
        self._pipe = open(pipe[0], "rb", 0), open(pipe[1], "wb", 0)  # noqa: SIM115, PTH123

    @classmethod
    async def prepared(
        cls, *, state_directory: Path, log_file: Path, port: int = 0
    ) -> "MotoServer":
        """A process that imports moto and then waits; nothing listens before ``listen``.

        Raises:
            ProcessError: the process cannot be started.
        """
        _make(state_directory)
        bound = socket.socket()
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind(("127.0.0.1", port))
        notes = os.memfd_create("portcullis-moto")
        pipe = os.pipe()
        url = f"http://127.0.0.1:{bound.getsockname()[1]}"
        environment = minimal_environment(state_directory) | {
            # moto signs and calls with made-up credentials only, and must never reach AWS.
            "AWS_ACCESS_KEY_ID": "testing",
            "AWS_SECRET_ACCESS_KEY": "testing",
            "AWS_EC2_METADATA_DISABLED": "true",
            "MOTO_PORT": str(bound.getsockname()[1]),
        }
        process = Supervised(
            Command(
                name="moto",
                arguments=(
                    *(sys.executable, "-m", __name__),
                    *(str(bound.fileno()), str(notes), str(pipe[0])),
                ),
                environment=environment,
                directory=state_directory,
                log_file=log_file,
                descriptors=(bound.fileno(), notes, pipe[0]),
            ),
            is_healthy=answers_http(url + HEALTH_PATH),
        )  # fmt: skip
        server = cls(bound, notes, pipe, process)
        try:
            await process.prepare()
        except BaseException:
            await server.stop()
            raise
        return server

    async def listen(self, keys: Iterable[PlantedKey] = ()) -> None:
        """Serve, with these keys in KMS. Raises ProcessError if it does not become healthy."""
        os.pwrite(self._notes, b"".join(key.note() for key in keys), 0)
        self._socket.listen(128)
        self._pipe[1].close()
        await self.process.start()

    async def stop(self) -> None:
        await self.process.stop()
        self._socket.close()
        for end in self._pipe:
            end.close()
        os.close(self._notes)


def _make(directory: Path) -> None:
    directory.mkdir(parents=True, exist_ok=True)


def main(descriptor: int, notes: int, released: int) -> None:
    """The child: wait, replay the journal, then serve on the inherited socket until SIGTERM.

    ``released`` ends when the parent listens; after a restart it already has.
    """
    gc.disable()  # what is imported stays: see `gc.freeze` below
    # Imported here: the parent only needs the class above. moto imports a service with the first
    # call of it, and the laptop's first call is one of KMS.
    from moto.kms import urls  # noqa: F401, PLC0415
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

    gc.freeze()
    gc.enable()
    os.read(released, 1)
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
    main(*map(int, sys.argv[1:]))
