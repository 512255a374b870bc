"""Ports in use are a warning: `portcullis up` chooses others."""

import socket

from portcullis.doctor import laptop_ports
from portcullis.doctor.diagnosis import Health
from portcullis.doctor.laptop_ports import check_ports


def test_a_port_in_use_is_a_warning_that_names_it(monkeypatch):
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        monkeypatch.setattr(laptop_ports, "PORTS", {port: "backend"})
        (line,) = check_ports()
    assert line.health is Health.WARN
    assert str(port) in line.found
    (line,) = check_ports()
    assert line.health is Health.OK
