"""Lines to paste: a call that is answered, and one that is refused."""

import shlex
from pathlib import Path
from urllib.parse import urlsplit

from portcullis.inspector.curl import HOST
from portcullis.laptop.example_call import ExampleCall
from portcullis.laptop.ready import Served


def curl_lines(served: Served) -> str:
    """For the first client, and for the last one, which is not registered."""
    *registered, unregistered = served.clients
    lines = [""]
    if registered and served.example:
        lines += ["  Call it:", _line(served, registered[0])]
    return "\n".join([*lines, "  Be refused:", _line(served, unregistered)])


def short_path(path: str) -> str:
    """Relative to the working directory, where it is below that."""
    try:
        return str(Path(path).relative_to(Path.cwd()))
    except ValueError:
        return path


def _line(served: Served, client: str) -> str:
    address = urlsplit(served.gateway)
    # The domain of another stack leads to AWS, or nowhere; the laptop listens on loopback.
    here = "" if served.domain == "localhost" else f"--resolve {address.netloc}:{HOST} "
    files = served.clients[client]
    call = served.example or ExampleCall(path="/", headers={})
    headers = "".join(f"-H {shlex.quote(f'{k}: {v}')} " for k, v in call.headers.items())
    return (
        f"  curl --cacert {short_path(served.ca)} --cert {short_path(files['certificate'])}"
        f" --key {short_path(files['key'])} {here}{headers}"
        + shlex.quote(f"{served.gateway}{call.path}")
    )
