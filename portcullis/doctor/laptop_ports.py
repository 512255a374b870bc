"""Checks the ports that `portcullis up` prefers."""

from collections.abc import Iterator

from portcullis.doctor.diagnosis import Diagnosis, ok, warn
from portcullis.laptop.ports import is_free

HOST = "127.0.0.1"
PORTS = {8443: "custom domain", 8444: "default endpoint", 8081: "backend"}  # of `portcullis up`


def check_ports() -> Iterator[Diagnosis]:
    taken = {port: use for port, use in PORTS.items() if not is_free(HOST, port)}
    for port, use in taken.items():
        yield warn(
            "ports",
            f"{HOST}:{port} ({use}) is in use; `portcullis up` chooses another port",
            f"End the program that listens there: ss -ltnp 'sport = :{port}'",
        )
    if not taken:
        yield ok("ports", f"{', '.join(map(str, PORTS))} are free")
