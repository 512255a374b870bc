"""The Runtime API answers only the worker that has the event."""

import asyncio

import pytest

from tests.portcullis.gateway.functions.calling import run


def test_requests_that_are_not_the_workers_own_are_refused(service, spec):
    async def main():
        async with service(spec(), workers=1) as functions:
            await functions.ready()
            api = functions.workers("authorizer")[0]._api
            call = asyncio.create_task(
                functions.invoke("authorizer", None, {"do": "sleep", "seconds": 0.3})
            )
            await asyncio.sleep(0.1)
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
            return statuses, await call

    statuses, result = run(main)
    assert statuses == [403, 400, 404]
    assert result.function_error is None
