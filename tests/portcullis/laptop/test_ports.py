"""A default port that is taken mends itself; one that was asked for does not."""

import socket

import pytest

from portcullis.laptop.ports import PortInUseError, PortRangeError, choose_port, free_port


@pytest.fixture
def taken():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield listener.getsockname()[1]


def test_a_free_default_is_used():
    port = free_port("127.0.0.1")
    assert choose_port("127.0.0.1", default=port, wanted=None, option="--port") == port


def test_a_taken_default_is_replaced_by_a_free_port(taken):
    chosen = choose_port("127.0.0.1", default=taken, wanted=None, option="--port")
    assert chosen not in {0, taken}


def test_a_taken_port_that_was_asked_for_is_an_error_that_names_the_option(taken):
    with pytest.raises(PortInUseError, match=f"Port {taken} .* --port PORT"):
        choose_port("127.0.0.1", default=1, wanted=taken, option="--port")


def test_zero_takes_a_free_port():
    assert choose_port("127.0.0.1", default=1, wanted=0, option="--port") > 0


@pytest.mark.parametrize("port", [-1, 65536, 80000])
def test_a_number_outside_the_port_range_is_an_error_that_names_the_option(port):
    with pytest.raises(PortRangeError, match=f"--port is {port}, .* 65535"):
        choose_port("127.0.0.1", default=1, wanted=port, option="--port")
