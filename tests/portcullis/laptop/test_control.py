"""The control socket: actions by name, for its owner only, whatever line arrives."""

import asyncio
import json
import stat

import pytest

from portcullis.laptop.control import ControlServer


async def _fail(_asked):
    raise RuntimeError("no backend")


async def _echo(asked):
    return {"said": asked.get("say")}


def converse(tmp_path, *lines):
    async def run():
        server = ControlServer(tmp_path / "control.sock", {"echo": _echo, "fail": _fail})
        await server.start()
        mode = stat.S_IMODE(server.path.stat().st_mode)
        reader, writer = await asyncio.open_unix_connection(server.path)
        answers = []
        for line in lines:
            writer.write(line + b"\n")
            answers.append(json.loads(await asyncio.wait_for(reader.readline(), 300)))
        writer.close()
        await writer.wait_closed()
        await server.close()
        return answers, mode

    return asyncio.run(run())


def test_a_command_is_answered_and_only_its_owner_may_ask(tmp_path):
    (answer,), mode = converse(tmp_path, b'{"do": "echo", "say": "x"}')
    assert answer == {"ok": True, "said": "x"}
    assert mode == 0o600
    assert not (tmp_path / "control.sock").exists()


def test_a_command_that_fails_says_why_and_the_next_one_works(tmp_path):
    (failed, worked), _ = converse(tmp_path, b'{"do": "fail"}', b'{"do": "echo"}')
    assert failed == {"ok": False, "error": "fail: no backend"}
    assert worked["ok"]


@pytest.mark.parametrize("line", [b"", b"{", b"[]", b"1", b'{"do": "rm"}', b'{"do": {}}'])
def test_anything_else_is_refused_by_name(tmp_path, line):
    (answer,), _ = converse(tmp_path, line)
    assert not answer["ok"]
    assert "echo" in answer["error"]
