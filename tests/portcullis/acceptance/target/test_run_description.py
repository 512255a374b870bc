"""The run description of a laptop is read strictly."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portcullis.acceptance.errors import NotRunningError, RunDescriptionError
from portcullis.acceptance.matrix.caller import CaseCaller
from portcullis.acceptance.matrix.need import Need
from portcullis.acceptance.target.run_description import laptop, running_laptop
from portcullis.acceptance.target.target import TargetKind
from portcullis.errors import ExitCode, MisuseError
from tests.portcullis.acceptance.target.described import DESCRIBED


def test_a_whole_description_lacks_nothing_but_a_revoked_certificate():
    target = laptop(DESCRIBED)
    assert target.kind is TargetKind.LAPTOP
    assert [need for need in Need if target.lacks(need)] == [Need.REVOKED]
    assert (target.gateway.host, target.gateway.port) == ("localhost", 8443)
    assert target.gateway.address == "127.0.0.1"
    assert target.gateway.authority == "localhost:8443"
    assert target.backend.is_tls is False
    assert target.injection_matches == "libinjection"
    assert target.presented(CaseCaller.SUSPENDED, "pets:read").key.name == "pet-hotel.key"


def test_a_revoked_client_is_used_where_there_is_one():
    clients = DESCRIBED["clients"] | {"revoked": {"certificate": "/r.pem", "key": "/r.key"}}
    target = laptop(DESCRIBED | {"clients": clients})
    assert not target.lacks(Need.REVOKED)
    assert target.presented(CaseCaller.REVOKED, "").key.name == "r.key"


@pytest.mark.parametrize("field", sorted(set(DESCRIBED) - {"log"}))
def test_a_missing_field_is_an_error_not_a_skipped_case(field):
    described = {name: value for name, value in DESCRIBED.items() if name != field}
    with pytest.raises(RunDescriptionError, match=field):
        laptop(described)


@pytest.mark.parametrize("field", sorted(set(DESCRIBED) - {"log", "backend_is_started"}))
@pytest.mark.parametrize("value", [None, "", True, [1], {"a": 1}, -1])
def test_a_field_of_another_type_is_an_error(field, value):
    if DESCRIBED[field] is value:
        value = "true"
    with pytest.raises(RunDescriptionError):
        laptop(DESCRIBED | {field: value})


@pytest.mark.parametrize("value", [None, "", 1, [1], {"a": 1}])
def test_a_flag_of_another_type_is_an_error(value):
    with pytest.raises(RunDescriptionError, match="backend_is_started, true or false"):
        laptop(DESCRIBED | {"backend_is_started": value})


def test_only_a_backend_that_the_laptop_started_can_be_stopped():
    assert not laptop(DESCRIBED).lacks(Need.BACKEND_PROCESS)
    assert laptop(DESCRIBED | {"backend_is_started": False}).lacks(Need.BACKEND_PROCESS)


def described_clients(tmp_path, *entries):
    file = tmp_path / "clients.yaml"
    file.write_text("clients:\n" + "".join(f"  - {entry}\n" for entry in entries))
    return DESCRIBED | {"clients_file": str(file)}


def entry(name, more="", scopes="[pets:read]", status="active"):
    match = f"[{{sanUri: 'spiffe://a/{name}'{more}}}]"
    return f"{{id: {name}, match: {match}, scopes: {scopes}, status: {status}}}"


def test_the_registered_clients_with_a_certificate_are_known_by_their_scopes(tmp_path):
    described = described_clients(
        tmp_path,
        entry("pet-viewer"),
        entry("pet-shop", scopes="[pets:read, pets:write]"),
        entry("no-certificate", scopes="[pets:read, pets:write]"),
        entry("pet-hotel", scopes="[pets:write]", status="suspended"),
    )
    known = [(one.id, one.is_active) for one in laptop(described).clients.registered]
    assert known == [("pet-shop", True), ("pet-hotel", False), ("pet-viewer", True)]


def test_a_client_whose_certificate_the_laptop_cannot_issue_is_not_called_as(tmp_path):
    pinned = f"{entry('pet-shop')[:-1]}, pins: [{'A' * 43}]}}"
    described = described_clients(
        tmp_path, pinned, entry("pet-viewer", ", issuer: {CN: Other}"), entry("pet-breeder")
    )
    assert [one.id for one in laptop(described).clients.registered] == ["pet-breeder"]


def test_without_an_active_client_nothing_can_be_called(tmp_path):
    with pytest.raises(MisuseError, match="clients add"):
        laptop(described_clients(tmp_path, entry("pet-shop", status="suspended")))


def test_nothing_running_says_how_to_start(tmp_path):
    with pytest.raises(NotRunningError, match="portcullis up") as caught:
        running_laptop(tmp_path / "ready.json")
    assert caught.value.exit_code is ExitCode.MISUSE


@pytest.mark.parametrize("content", [b"", b"{", b"\xff", b"[]", b"null", b"{}"])
def test_a_file_without_a_run_description_is_an_error(tmp_path, content):
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


def test_the_limits_are_the_lowest_of_the_stage_and_every_rate_plan():
    plans = [
        {"rate_per_second": 5, "burst": 9000, "quota_per_day": None},
        {"rate_per_second": 50, "burst": 7, "quota_per_day": 100},
    ]
    limits = laptop(DESCRIBED | {"rate_plans": plans, "authorizer_cache_seconds": 60}).limits
    assert (limits.throttle_rate, limits.throttle_burst, limits.quota_per_day) == (5, 7, 100)
    assert limits.authorizer_cache_seconds == 60
    usual = laptop(DESCRIBED).limits
    assert (usual.throttle_rate, usual.throttle_burst, usual.quota_per_day) == (10000, 5000, None)


@pytest.mark.parametrize(
    "plan",
    [
        {},
        {"rate_per_second": 1},
        {"rate_per_second": 0, "burst": 1},
        "x",
        {"burst": 1},
        {"rate_per_second": 1, "burst": 1, "quota_per_day": "many"},
    ],
)
def test_a_rate_plan_without_its_numbers_is_an_error(plan):
    with pytest.raises(RunDescriptionError, match="rate_plans"):
        laptop(DESCRIBED | {"rate_plans": [plan]})
