"""The Runtime API answers only the worker that has the event."""

import asyncio

import pytest

from portcullis.gateway.functions.worker import WorkerState
from tests.portcullis.gateway.functions.calling import run


def test_requests_that_are_not_the_workers_own_are_refused(service, spec, tmp_path):
    async def main():
        async with service(spec(), workers=1) as functions:
            await functions.ready()
            (worker,) = functions.workers("authorizer")
            released, api = tmp_path / "released", worker._api
            call = asyncio.create_task(
                functions.invoke("authorizer", None, {"do": "wait", "file": str(released)})
            )
            while worker.state is not WorkerState.BUSY:  # noqa: ASYNC110 - a call has no event
                await asyncio.sleep(0.01)
            statuses = []
            unknown = "/2018-06-01/runtime/invocation/" + "0" * 8 + "-0000" * 3 + "-" + "0" * 12
            for request in (
                b"GET /2018-06-01/runtime/invocation/next HTTP/1.1\r\n\r\n",
                f"POST {unknown}/response HTTP/1.1\r\nContent-Length: 2\r\n\r\n{{}}".encode(),
                b"GET /elsewhere HTTP/1.1\r\n\r\n",
            ):
                reader, writer = await asyncio.open_connection(*api.address.split(":"))
                writer.write(request)
                statuses.append(int((await reader.readline()).split()[1]))
                writer.close()
            reader, writer = await asyncio.open_connection(*api.address.split(":"))
            writer.write(b"nonsense\r\n\r\n")
            with pytest.raises((ConnectionError, asyncio.IncompleteReadError)):
                await reader.readexactly(1)
            writer.close()
            released.touch()
            return statuses, await call

    statuses, result = run(main)
    assert statuses == [403, 400, 404]
    assert result.function_error is None
