"""The run description, read strictly; a deployed stack from options."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portcullis.acceptance.errors import (
    NotRunningError,
    OtherClientsError,
    RunDescriptionError,
)
from portcullis.acceptance.matrix.case import Caller, Need
from portcullis.acceptance.target.target import Kind, deployed, laptop, running_laptop
from portcullis.errors import ExitCode, MisuseError

DESCRIBED = {
    "gateway": "https://localhost:8443",
    "default_endpoint": "https://localhost:8444",
    "backend": "http://127.0.0.1:8081",
    "ca": "/state/pki/ca.pem",
    "clients": {
        name: {"certificate": f"/state/{name}.pem", "key": f"/state/{name}.key"}
        for name in ("pet-shop", "pet-viewer", "pet-hotel", "stranger")
    },
    "log": "/state/log/access.jsonl",
    "control": "/state/run/control.sock",
    "pki": "/state/pki",
    "issuer": "https://localhost",
    "audience": "petstore",
    "jwks": "/state/run/jwks.json",
    "kms": {"endpoint": "http://127.0.0.1:5000", "key": "arn:aws:kms:eu-central-1:0:key/k"},
    "rate_limit": 300,
    "rate_window_seconds": 60,
    "allowed_cidrs": ["127.0.0.0/24", "::1/128"],
    "stage": "local",
    "backend_timeout_seconds": 3,
}


def test_a_whole_description_lacks_nothing_but_a_revoked_certificate():
    target = laptop(DESCRIBED)
    assert target.kind is Kind.LAPTOP
    assert [need for need in Need if target.lacks(need)] == [Need.REVOKED]
    assert (target.gateway.host, target.gateway.port) == ("localhost", 8443)
    assert target.gateway.address == "127.0.0.1"
    assert target.gateway.authority == "localhost:8443"
    assert target.backend.is_tls is False
    assert target.presented(Caller.SUSPENDED).key.name == "pet-hotel.key"


def test_a_revoked_client_is_used_where_there_is_one():
    clients = DESCRIBED["clients"] | {"revoked": {"certificate": "/r.pem", "key": "/r.key"}}
    target = laptop(DESCRIBED | {"clients": clients})
    assert not target.lacks(Need.REVOKED)
    assert target.presented(Caller.REVOKED).key.name == "r.key"


@pytest.mark.parametrize("field", sorted(set(DESCRIBED) - {"log", "rate_window_seconds"}))
def test_a_missing_field_is_an_error_and_no_skipped_case(field):
    described = {name: value for name, value in DESCRIBED.items() if name != field}
    with pytest.raises(RunDescriptionError, match=field):
        laptop(described)


@pytest.mark.parametrize("field", sorted(set(DESCRIBED) - {"log", "rate_window_seconds"}))
@pytest.mark.parametrize("value", [None, "", True, [1], {"a": 1}, -1])
def test_a_field_of_another_type_is_an_error(field, value):
    with pytest.raises(RunDescriptionError):
        laptop(DESCRIBED | {field: value})


@pytest.mark.parametrize("client", ["pet-shop", "pet-viewer", "pet-hotel", "stranger"])
def test_a_missing_client_is_named(client):
    clients = {name: files for name, files in DESCRIBED["clients"].items() if name != client}
    with pytest.raises(OtherClientsError, match=client):
        laptop(DESCRIBED | {"clients": clients})


def test_a_slow_backend_timeout_skips_the_case_that_would_wait_for_it():
    assert laptop(DESCRIBED | {"backend_timeout_seconds": 29}).lacks(Need.SHORT_TIMEOUT)


@pytest.mark.parametrize(
    ("cidrs", "source"),
    [
        (["127.0.0.0/24"], "127.0.1.1"),
        (["127.0.0.0/16"], "127.1.0.1"),
        (["127.0.0.0/8"], None),
        (["::1/128"], "127.0.1.1"),
        ([], "127.0.1.1"),
    ],
)
def test_the_blocked_source_is_outside_the_allow_list(cidrs, source):
    target = laptop(DESCRIBED | {"allowed_cidrs": cidrs})
    assert target.blocked_source == source
    assert target.lacks(Need.OTHER_ADDRESS) is (source is None)


def test_nothing_running_says_how_to_start(tmp_path):
    with pytest.raises(NotRunningError, match="portcullis up") as caught:
        running_laptop(tmp_path / "ready.json")
    assert caught.value.exit_code is ExitCode.MISUSE


@pytest.mark.parametrize("content", [b"", b"{", b"\xff", b"[]", b"null", b"{}"])
def test_a_description_that_is_none_is_named(tmp_path, content):
    file = tmp_path / "ready.json"
    file.write_bytes(content)
    with pytest.raises(RunDescriptionError, match=r"ready\.json"):
        running_laptop(file)


def test_a_description_is_read_from_its_file(tmp_path):
    file = tmp_path / "ready.json"
    file.write_text(json.dumps(DESCRIBED))
    assert running_laptop(file) == laptop(DESCRIBED)


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=5),
        lambda inner: (
            st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(sorted(DESCRIBED)), inner)
        ),
        max_leaves=8,
    )
)
def test_no_description_breaks_the_reader(described):
    with pytest.raises(RunDescriptionError):
        laptop(described)


# --- a deployed stack ---------------------------------------------------------------------------


@pytest.fixture
def files(tmp_path):
    certificate, key = tmp_path / "c.pem", tmp_path / "c.key"
    for file in (certificate, key):
        file.touch()
    return {"certificate": certificate, "key": key}


def test_a_deployed_stack_is_called_with_one_client(files):
    target = deployed("https://api.example.com", **files)
    assert (target.kind, target.gateway.port) == (Kind.AWS, 443)
    assert target.gateway.authority == "api.example.com"
    assert {need for need in Need if target.lacks(need)} == set(Need)


def test_more_options_let_more_cases_run(files, tmp_path):
    target = deployed(
        "https://api.example.com",
        **files,
        pki=tmp_path,
        default_endpoint="https://abc.execute-api.eu-central-1.amazonaws.com",
    )
    lacking = {need for need in Need if target.lacks(need)}
    assert set(Need) - lacking == {Need.PKI, Need.DEFAULT_ENDPOINT}


@pytest.mark.parametrize(
    "url", ["http://api.example.com", "api.example.com", "https://", "https://a.b/path", "ftp://x"]
)
@pytest.mark.parametrize("option", ["url", "default_endpoint"])
def test_only_an_https_address_is_a_target(files, url, option):
    urls = {"url": "https://api.example.com", "default_endpoint": None} | {option: url}
    with pytest.raises(MisuseError, match="must look like"):
        deployed(urls.pop("url"), **files, **urls)


@pytest.mark.parametrize("option", ["certificate", "key", "cacert"])
def test_a_missing_file_is_named_with_its_option(files, tmp_path, option):
    options = files | {option: tmp_path / "absent"}
    with pytest.raises(MisuseError, match=f"--{option} .*absent"):
        deployed("https://api.example.com", **options)


def test_a_missing_pki_folder_is_named(files, tmp_path):
    with pytest.raises(MisuseError, match="certs init"):
        deployed("https://api.example.com", **files, pki=tmp_path / "absent")
