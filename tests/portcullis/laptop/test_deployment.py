"""A deployment is replaced between two calls: the ones under way end with the old one."""

import asyncio

from portcullis.gateway.exchange import Layer, Response
from portcullis.laptop.deployment import Deployment, Live
from tests.portcullis.laptop.exported.stacks import domain, stack, truststore_object

ANSWER = Response(status=200, headers=(), body=b"", layer=Layer.BACKEND)


class Gateway:
    """Answers when it is released, with its own name as the reason."""

    def __init__(self, name):
        self.name = name
        self.released = asyncio.Event()

    async def handle(self, _request):
        await self.released.wait()
        return Response(status=200, headers=(), body=self.name.encode(), layer=Layer.BACKEND)


class Functions:
    def __init__(self):
        self.is_closed = False

    async def close(self):
        self.is_closed = True


def deployment(name, graph=None):
    graph = graph or stack(domain(), truststore_object(content="PEM"))
    return Deployment(graph, Functions(), Gateway(name))


def test_calls_under_way_end_with_the_deployment_that_they_began_with():
    async def run():
        old, new = deployment("old"), deployment("new")
        live = Live(old)
        first = asyncio.create_task(live.handle(None))
        await asyncio.sleep(0)
        live.replace(new)
        second = asyncio.create_task(live.handle(None))
        new._gateway.released.set()
        assert (await second).body == b"new"
        assert not old.functions.is_closed
        old._gateway.released.set()
        assert (await first).body == b"old"
        await live.drained()
        assert old.functions.is_closed
        assert not new.functions.is_closed

    asyncio.run(run())
