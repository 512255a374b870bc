"""What --backend means: an address, a command, or the sample."""

import sys
from pathlib import Path

import pytest

from portcullis.errors import MisuseError
from portcullis.laptop.backend_choice import (
    BackendCommand,
    BackendUrl,
    SampleBackend,
    read_backend,
)
from portcullis.sample import SAMPLE

PROJECT = Path(__file__).parents[3]


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:9000", "https://orders.example.com", "http://[::1]:9000/v1"]
)
def test_a_url_is_an_address_without_a_slash_at_its_end(url, tmp_path):
    assert read_backend(url, directory=tmp_path) == BackendUrl(url=url)
    assert read_backend(f"{url}/", directory=tmp_path) == BackendUrl(url=url)


def test_anything_else_is_a_command_that_runs_where_it_was_given(tmp_path):
    text = f"{sys.executable} 'my orders.py' --fast"
    choice = read_backend(text, directory=tmp_path)
    assert choice == BackendCommand(
        arguments=(sys.executable, "my orders.py", "--fast"), directory=tmp_path
    )


def test_a_program_of_the_folder_is_found(tmp_path):
    (tmp_path / "run.sh").write_text("#!/bin/sh\n")
    (tmp_path / "run.sh").chmod(0o755)
    assert read_backend("./run.sh", directory=tmp_path).arguments == ("./run.sh",)


def test_the_name_of_the_sample_is_the_sample(tmp_path):
    assert read_backend(SAMPLE.name, directory=tmp_path) == SampleBackend()


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "--backend is empty"),
        ("python3 'orders.py", "is not a command: No closing quotation"),
        ("no-such-program --fast", "there is no program 'no-such-program'"),
        ("127.0.0.1:9000", "Write a URL such as http://"),
        ("ftp://127.0.0.1:9000", "must be http:// or https://"),
        ("http://", "must be http:// or https://"),
        ("http://127.0.0.1:port", "must be http:// or https://"),
        ("http://127.0.0.1:9000?a=b", "must be http:// or https://"),
        ("http://[::1", "must be http:// or https://"),
    ],
)
def test_what_cannot_be_used_is_one_line(text, says, tmp_path):
    with pytest.raises(MisuseError) as refused:
        read_backend(text, directory=tmp_path)
    assert says in str(refused.value)
    assert "\n" not in str(refused.value)
