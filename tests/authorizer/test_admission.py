"""An answer is handed out again only while every fact behind it still holds."""

import datetime
import math
import time

import jwt
import pytest

from authorizer.admission import Admission, Admissions
from authorizer.reasons import AuthorizerError, FailedError, Reason
from authorizer.registry import Excerpt, PackagedRegistry
from authorizer.usage import usage_key
from tests.authorizer.making import (
    NOW,
    SHOP_URI,
    STAGE_ARN,
    VIEWER_URI,
    certificate,
    effects,
    pem,
    registry_document,
    rest_event,
)


class Source:
    """A registry whose answer holds for some seconds, and that may be out of reach."""

    def __init__(self, seconds):
        self.document = registry_document()
        self.seconds = seconds
        self.failure = None
        self.questions = 0

    def prepare(self):
        pass

    def excerpt(self, _certificate, *, now, deadline):  # noqa: ARG002 - it knows one certificate
        self.questions += 1
        if self.failure:
            raise self.failure
        return Excerpt(PackagedRegistry(self.document), now + self.seconds, is_reused=False)


def admission(decided_at=100.0, good_until=200.0):
    return Admission(
        answer={},
        client=None,
        certificate=None,
        log_tail="",
        decided_at=decided_at,
        good_until=good_until,
    )


@pytest.mark.parametrize(
    ("now", "expected"), [(99.9, False), (100.0, True), (199.9, True), (200.0, False)]
)
def test_an_admission_is_good_from_its_decision_until_its_end(now, expected):
    admissions = Admissions()
    admissions.put("pem", "stage", admission())
    assert (admissions.get("pem", "stage", now) is not None) is expected


def test_an_admission_belongs_to_one_certificate_and_one_stage():
    admissions = Admissions()
    admissions.put("pem", "stage", admission())
    assert admissions.get("pem", "stage", 150)
    assert admissions.get("other", "stage", 150) is None
    assert admissions.get("pem", "other", 150) is None


def test_no_more_admissions_than_there_is_room_for():
    admissions = Admissions(capacity=2)
    for number in range(3):
        admissions.put(str(number), "stage", admission())
    assert [admissions.get(str(n), "stage", 150) is not None for n in range(3)] == [
        False,
        True,
        True,
    ]


def test_a_reused_answer_is_the_same_and_asks_nobody(make_bench):
    source = Source(30)
    bench = make_bench(registry=source)
    shown = certificate()
    first = bench.present(shown)
    bench.now += 29.9
    assert bench.present(shown) == first
    assert source.questions == 1
    assert len(bench.signer.messages) == 1


def test_a_registry_that_may_not_be_remembered_is_asked_every_time(make_bench):
    source = Source(0)
    bench = make_bench(registry=source)
    shown = certificate()
    for expected in (1, 2, 3):
        assert effects(bench.present(shown)) == ["Allow"]
        assert source.questions == expected
    assert len(bench.signer.messages) == 1


def test_a_client_suspended_in_the_registry_is_refused_once_its_answer_is_too_old(make_bench):
    source = Source(30)
    bench = make_bench(registry=source)
    shown = certificate()
    assert effects(bench.present(shown)) == ["Allow"]
    source.document["clients"]["pet-shop"]["status"] = "suspended"
    bench.now += 29.9
    assert effects(bench.present(shown)) == ["Allow"]
    bench.now += 0.1
    assert bench.present(shown)["context"]["reason"] == "suspended"


def test_a_registry_out_of_reach_fails_all_but_those_with_a_live_answer(make_bench):
    source = Source(30)
    bench = make_bench(registry=source)
    known, unseen = certificate(), certificate(uris=(VIEWER_URI,))
    bench.present(known)
    source.failure = FailedError(Reason.REGISTRY_FAILED, "out of reach")
    bench.now += 29
    assert effects(bench.present(known)) == ["Allow"]
    with pytest.raises(AuthorizerError, match=r"\Aregistry_failed\Z"):
        bench.present(unseen)
    bench.now += 1
    with pytest.raises(AuthorizerError, match=r"\Aregistry_failed\Z"):
        bench.present(known)
    source.failure = None
    assert effects(bench.present(known)) == ["Allow"]


def test_a_certificate_that_cannot_pass_never_reaches_the_registry(make_bench):
    source = Source(30)
    bench = make_bench(registry=source)
    for shown in (certificate(purposes=None), certificate(not_after=NOW)):
        bench.now = NOW.timestamp() + 1
        bench.present(shown)
    assert source.questions == 0


def test_a_token_is_renewed_when_its_life_is_too_short_for_another_call(make_bench):
    bench = make_bench(token_life_seconds=300, authorizer_cache_seconds=60)
    shown = certificate()
    first = bench.present(shown)
    bench.now += 209
    assert bench.present(shown) == first
    bench.now += 2
    assert bench.present(shown)["context"]["authorization"] != first["context"]["authorization"]


def test_a_clock_that_was_set_back_is_not_trusted_with_an_old_answer(make_bench):
    source = Source(math.inf)
    bench = make_bench(registry=source)
    shown = certificate()
    bench.present(shown)
    bench.now -= 1
    bench.present(shown)
    assert source.questions == 2


def test_every_stage_gets_its_own_policy(bench):
    event = rest_event(pem(certificate()))
    bench.answer(event)
    other = STAGE_ARN.replace("/local", "/other")
    event["methodArn"] = event["methodArn"].replace(STAGE_ARN, other)
    (statement,) = bench.answer(event)["policyDocument"]["Statement"]
    assert all(arn.startswith(f"{other}/") for arn in statement["Resource"])


@pytest.mark.parametrize(("has_table", "name"), [(False, "pet-shop"), (True, "gold")])
def test_a_client_with_a_rate_plan_names_its_usage_key(make_bench, has_table, name):
    document = registry_document()
    document["clients"]["pet-shop"]["ratePlan"] = "gold"
    bench = make_bench(document, registry_table="portcullis-registry" if has_table else None)
    shown = certificate(uris=(SHOP_URI,))
    key = bench.present(shown)["usageIdentifierKey"]
    assert key == usage_key("local", name)
    assert bench.present(shown)["usageIdentifierKey"] is key  # not worked out again
    assert "usageIdentifierKey" not in bench.present(certificate(uris=(VIEWER_URI,)))


def test_a_reused_answer_writes_the_members_of_any_other(bench):
    shown = certificate(not_after=NOW.replace(year=2027))
    bench.present(shown)
    bench.now += 1
    event = rest_event(pem(shown))
    event["requestContext"]["requestId"] = 'a"b\\c'
    bench.answer(event, type("Context", (), {"aws_request_id": 'x"\n'})())
    first, again = bench.lines
    metrics = {"kmsMs", "_aws", "FunctionName"}
    assert set(first) - metrics == set(again) - {"lambdaRequestId"}
    assert again["requestId"] == 'a"b\\c'
    assert again["lambdaRequestId"] == 'x"\n'
    assert again["timestamp"] == "2026-11-22T12:00:01Z"


def test_a_call_without_the_scope_of_its_route_is_logged_as_one_that_is_refused(bench):
    """The answer is an Allow of other routes, remembered or not: API Gateway refuses this call."""
    shown = certificate(uris=(VIEWER_URI,))
    answers = [bench.present(shown, method=m) for m in ("POST", "POST", "GET", "POST")]
    assert answers == [answers[0]] * 4
    assert answers[0]["context"]["reason"] == "ok"
    members = ("decision", "reason", "requiredScope", "grantedScopes", "clientId")
    refused = ["deny", "missing_scope", "pets:write", ["pets:read"], "pet-viewer"]
    allowed = ["allow", "ok", None, None, "pet-viewer"]
    assert [[line.get(m) for m in members] for line in bench.lines] == [
        refused,
        refused,
        allowed,
        refused,
    ]
    assert [line.get("refused") for line in bench.lines] == [1, 1, None, 1]
    assert all(line["certificate"]["sanUri"] == [VIEWER_URI] for line in bench.lines[::3])


def test_a_route_that_the_contract_does_not_have_needs_no_scope(bench):
    bench.present(certificate(uris=(VIEWER_URI,)), method="DELETE", path="/x")
    assert bench.lines[0]["reason"] == "ok"


def test_a_remembered_answer_ends_with_its_certificate(make_bench):
    bench = make_bench(token_life_seconds=3600)
    shown = certificate(not_after=NOW + datetime.timedelta(seconds=10))
    first = bench.present(shown)
    bench.now += 10
    assert bench.present(shown) == first
    bench.now += 0.1
    assert bench.present(shown)["context"]["reason"] == "expired"


@pytest.mark.parametrize("skew", [0, 60])
def test_the_token_does_not_outlive_the_certificate(make_bench, skew):
    """API Gateway may reuse the answer after that; the backend then refuses the token."""
    bench = make_bench(clock_skew_seconds=skew, authorizer_cache_seconds=200)
    answer = bench.present(certificate(not_after=NOW + datetime.timedelta(seconds=10)))
    token = answer["context"]["authorization"].removeprefix("Bearer ")
    claims = jwt.decode(token, options={"verify_signature": False})
    assert claims["exp"] == NOW.timestamp() + 10 + skew + 1


def test_the_clock_skew_of_the_settings_counts(make_bench):
    shown = certificate(not_after=NOW - datetime.timedelta(seconds=10))
    assert effects(make_bench(clock_skew_seconds=10).present(shown)) == ["Allow"]
    assert effects(make_bench(clock_skew_seconds=9).present(shown)) == ["Deny"]


def test_only_the_first_call_is_a_cold_start(bench):
    for uri in (SHOP_URI, VIEWER_URI):
        bench.present(certificate(uris=(uri,)))
    assert [line["coldStart"] for line in bench.lines] == [True, False]


def test_the_time_that_the_function_has_left_bounds_the_lookup(make_bench, monkeypatch):
    monkeypatch.setattr(time, "monotonic", lambda: 1000.0)
    deadlines = []

    class Patient(Source):
        def excerpt(self, certificate, *, now, deadline):
            assert certificate.uris == (SHOP_URI,)
            deadlines.append(deadline - 1000)
            return super().excerpt(certificate, now=now, deadline=deadline)

    class Context:
        def __init__(self, milliseconds):
            self.milliseconds = milliseconds

        def get_remaining_time_in_millis(self):
            return self.milliseconds

    for left, expected in ((5000, 1.5), (1000, 0.75), (100, -0.15)):
        bench = make_bench(registry=Patient(0))
        bench.answer(rest_event(pem(certificate())), Context(left))
        assert deadlines.pop() == pytest.approx(expected)
    make_bench(registry=Patient(0)).answer(rest_event(pem(certificate())))
    assert deadlines.pop() == 1.5
