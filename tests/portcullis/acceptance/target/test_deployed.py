"""A deployed stack from the options of `portcullis verify`."""

import pytest

from portcullis.acceptance.matrix.caller import CaseCaller
from portcullis.acceptance.matrix.need import Need
from portcullis.acceptance.target.deployed import deployed
from portcullis.acceptance.target.target import TargetKind
from portcullis.errors import MisuseError


@pytest.fixture
def files(tmp_path):
    certificate, key = tmp_path / "c.pem", tmp_path / "c.key"
    for file in (certificate, key):
        file.touch()
    return {"certificate": certificate, "key": key, "contract": tmp_path / "contract.yaml"}


def test_a_deployed_stack_is_called_with_one_client(files):
    target = deployed("https://api.example.com", **files)
    assert (target.kind, target.gateway.port) == (TargetKind.AWS, 443)
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


def test_a_slower_pace_is_the_only_limit_that_is_known(files):
    assert deployed("https://api.example.com", **files).limits is None
    limits = deployed("https://api.example.com", **files, calls_per_minute=10).limits
    assert (limits.rate_limit, limits.rate_window_seconds) == (10, 60)
    assert limits.managed_rule_groups is None


def test_a_client_has_every_scope_unless_some_are_named(files):
    target = deployed("https://api.example.com", **files)
    assert target.client(CaseCaller.CLIENT, "any")
    assert target.client(CaseCaller.WITHOUT_SCOPE, "any") is None
    target = deployed("https://api.example.com", **files, scopes=["pets:read"])
    assert target.client(CaseCaller.CLIENT, "pets:write") is None
    assert target.client(CaseCaller.WITHOUT_SCOPE, "pets:write")


def test_calls_may_change_data_only_if_that_is_allowed(files):
    target = deployed("https://api.example.com", **files, allows_changes=True)
    assert not target.lacks(Need.CHANGES_DATA)
