"""Calls of a function within one event loop."""

import asyncio

import uvloop


def run(main):
    return uvloop.run(asyncio.wait_for(main(), 600))


def invoke_once(service, asked, event, **options):
    async def main():
        async with service(asked, **options) as functions:
            return await functions.invoke("authorizer", None, event)

    return run(main)
