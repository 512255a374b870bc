"""Lines to paste: a call that is answered, and one that is refused."""

import shlex
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit

from portcullis.inspector.curl import HOST, ListeningGateway
from portcullis.laptop.example_call import ExampleCall


class Reachable(ListeningGateway, Protocol):
    """A gateway that listens on this machine, with an example of a call that it answers."""

    @property
    def example(self) -> ExampleCall | None: ...


def curl_lines(reachable: Reachable) -> str:
    """For the first client, and for the last one, which is not registered."""
    *registered, unregistered = reachable.clients
    lines = [""]
    if registered and reachable.example:
        lines += ["  Call it:", _line(reachable, registered[0])]
    return "\n".join([*lines, "  Be refused:", _line(reachable, unregistered)])


def short_path(path: str) -> str:
    """Relative to the working directory, where it is below that."""
    try:
        return str(Path(path).relative_to(Path.cwd()))
    except ValueError:
        return path


def _line(reachable: Reachable, client: str) -> str:
    address = urlsplit(reachable.gateway)
    # The domain of another stack leads to AWS, or nowhere; the laptop listens on loopback.
    here = "" if reachable.domain == "localhost" else f"--resolve {address.netloc}:{HOST} "
    files = reachable.clients[client]
    call = reachable.example or ExampleCall(path="/", headers={})
    headers = "".join(f"-H {shlex.quote(f'{k}: {v}')} " for k, v in call.headers.items())
    return (
        f"  curl --cacert {short_path(reachable.ca)} --cert {short_path(files['certificate'])}"
        f" --key {short_path(files['key'])} {here}{headers}"
        + shlex.quote(f"{reachable.gateway}{call.path}")
    )
