"""A default port that is taken mends itself; one that was asked for does not."""

import socket

import pytest

from portcullis.errors import MisuseError, PortcullisError
from portcullis.laptop import ports as ports_module
from portcullis.laptop.backend_choice import BackendUrl, SampleBackend
from portcullis.laptop.options import LaptopOptions
from portcullis.laptop.ports import BACKEND_URL, choose_port, choose_ports, free_port


@pytest.fixture
def taken():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield listener.getsockname()[1]


def test_a_free_default_is_used():
    free = [free_port("127.0.0.1") for _ in range(3)]  # another program may take one meanwhile
    chosen = [choose_port("127.0.0.1", default=p, wanted=None, option="--port") for p in free]
    assert set(free) & set(chosen)


def test_a_taken_default_is_replaced_by_a_free_port(taken):
    chosen = choose_port("127.0.0.1", default=taken, wanted=None, option="--port")
    assert chosen not in {0, taken}


def test_a_taken_port_that_was_asked_for_is_an_error_that_names_the_option(taken):
    with pytest.raises(PortcullisError, match=f"Port {taken} .* --port PORT"):
        choose_port("127.0.0.1", default=1, wanted=taken, option="--port")


def test_zero_takes_a_free_port():
    assert choose_port("127.0.0.1", default=1, wanted=0, option="--port") > 0


def test_a_free_port_is_not_one_that_the_system_gives_to_others(monkeypatch):
    chosen = {free_port("127.0.0.1") for _ in range(20)}
    assert max(chosen) < 32_768
    assert len(chosen) > 10  # two laptops that start together rarely choose the same one
    monkeypatch.setattr(ports_module, "is_free", lambda _host, _port: False)
    assert free_port("127.0.0.1") > 0


@pytest.mark.parametrize("port", [-1, 65536, 80000])
def test_a_number_outside_the_port_range_is_an_error_that_names_the_option(port):
    with pytest.raises(MisuseError, match=f"--port is {port}, .* 65535"):
        choose_port("127.0.0.1", default=1, wanted=port, option="--port")


def ports(tmp_path, **options):
    free = {"port": 0, "default_endpoint_port": 0}
    return choose_ports(LaptopOptions(project=tmp_path, **free, **options))


def test_a_backend_with_an_address_of_its_own_needs_no_port(tmp_path):
    url = "http://127.0.0.1:9000"
    assert ports(tmp_path, backend=BackendUrl(url=url)).backend is None
    assert ports(tmp_path, config={BACKEND_URL: url}).backend is None
    assert ports(tmp_path, backend=SampleBackend(), backend_port=0).backend is not None


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"config": {BACKEND_URL: "http://127.0.0.1:1"}}, "both name the backend"),
        ({"backend_port": 9001}, "Leave out --backend-port"),
    ],
)
def test_two_options_for_the_backend_are_an_error(tmp_path, options, says):
    with pytest.raises(MisuseError, match=says):
        ports(tmp_path, backend=BackendUrl(url="http://127.0.0.1:9000"), **options)
