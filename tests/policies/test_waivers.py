"""A waiver excuses one rule on one resource until a date, in sight of everybody."""

import json
import shutil
from datetime import UTC, date, datetime, timedelta

import pulumi_aws as aws
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from policies.waivers import LONGEST, Waivers
from portcullis.analyzer import running_pack
from portcullis.analyzer.proof.mutant import Mutant, with_value
from portcullis.analyzer.proof.prove import prove
from portcullis.laptop.plan import PackJudge, RefusedByPolicyError
from tests.policies import apis
from tests.policies.in_process import pack_in_process
from tests.policies.running import PACK, WIDENED, files_with, graph_of

RULE = "apigateway-api-disables-default-endpoint"
URN = "urn:pulumi:test::example::aws:apigateway/restApi:RestApi::api"
CURRENT = "portcullis-waivers-are-current"
NEEDED = "portcullis-waivers-are-needed"
TODAY = datetime.now(tz=UTC).date()
NEXT_MONTH = TODAY + timedelta(days=30)
GOOD = {
    "rule": RULE,
    "resource": URN,
    "reason": "It is tried out without partners.",
    "owner": "platform-team",
    "expires": NEXT_MONTH.isoformat(),
}


def open_api():
    aws.apigateway.RestApi("api", endpoint_configuration={"types": "REGIONAL"})


def closed_api():
    aws.apigateway.RestApi(
        "api", endpoint_configuration={"types": "REGIONAL"}, disable_execute_api_endpoint=True
    )


def copy_of_the_pack(folder):
    """A pack that judges every API: the programs here have no domain."""
    shutil.copytree(PACK, folder, ignore=shutil.ignore_patterns("__pycache__"))
    (folder / "configuration.yaml").write_text(yaml.safe_dump(WIDENED))


def write(folder, *waivers):
    lines = ["waivers:"]
    for waiver in waivers:
        body = "\n    ".join(f"{key}: {value}" for key, value in waiver.items())
        lines.append(f"  - {body}")
    path = folder / "waivers.yaml"
    path.write_text("\n".join(lines) + "\n")
    return path


def read(folder, *waivers, today=TODAY):
    return Waivers.read(write(folder, *waivers), [RULE], today)


@pytest.fixture
def judged(tmp_path):
    """Judge a program with a copy of the pack that has these waivers."""

    def judge(program, *waivers, stack="test"):
        files = files_with(tmp_path, WIDENED)  # the programs here have no domain
        write(files, *waivers)
        pack = pack_in_process(files)
        verdicts = [
            pack.judge(graph_of(program, preview=p, stack=stack), preview=p) for p in (True, False)
        ]
        assert verdicts[0].waived == verdicts[1].waived
        assert [v.rule for v in verdicts[0].violations] == [v.rule for v in verdicts[1].violations]
        return verdicts[0]

    return judge


def test_a_waived_violation_is_shown_and_stops_nothing(judged):
    verdict = judged(open_api, GOOD)
    assert verdict.violations == ()
    (waived,) = verdict.waived
    assert waived.rule == RULE
    assert waived.resource_urn == URN
    assert waived.owner == "platform-team"
    assert waived.reason == "It is tried out without partners."
    assert waived.expires == NEXT_MONTH.isoformat()
    assert waived.source is not None
    assert RULE not in {rule.name for rule in verdict.compliant}


def test_an_expired_waiver_excuses_nothing_and_is_a_violation_itself(judged):
    verdict = judged(open_api, GOOD | {"expires": "2026-01-31"})
    assert [v.rule for v in verdict.mandatory] == [RULE, CURRENT]
    assert "expired on 2026-01-31" in verdict.mandatory[1].message
    assert verdict.waived == ()


def test_an_unused_waiver_is_a_violation(judged):
    verdict = judged(closed_api, GOOD)
    assert [v.rule for v in verdict.mandatory] == [NEEDED]
    assert "is not used" in verdict.mandatory[0].message


def test_on_a_laptop_an_unused_waiver_is_shown_and_stops_nothing(tmp_path):
    """Its backend is not the stack's. What else is wrong with a waiver stops it as well."""
    files = files_with(tmp_path, WIDENED)
    for waiver, refused_by in ((GOOD, None), (GOOD | {"expires": "2026-01-31"}, CURRENT)):
        write(files, waiver)
        judge = PackJudge(pack_in_process(files))
        graph = graph_of(closed_api, preview=True)
        if refused_by is None:
            verdict = judge.approve(graph, is_preview=True)
            assert [(v.rule, v.level) for v in verdict.violations] == [(NEEDED, "advisory")]
        else:
            with pytest.raises(RefusedByPolicyError, match=refused_by):
                judge.approve(graph, is_preview=True)


def test_a_malformed_file_excuses_nothing(judged):
    other = GOOD | {"rule": "no-such-rule"}
    verdict = judged(open_api, GOOD, other)
    assert [v.rule for v in verdict.mandatory] == [RULE, CURRENT]
    assert "the rule 'no-such-rule' does not exist" in verdict.mandatory[1].message


def test_a_waiver_of_another_stack_is_silent(judged):
    verdict = judged(open_api, GOOD, stack="prod")
    assert {v.rule for v in verdict.mandatory} == {RULE}
    assert verdict.waived == ()


def test_a_waiver_excuses_its_resource_only(judged):
    def two():
        open_api()
        aws.apigateway.RestApi("second", endpoint_configuration={"types": "REGIONAL"})

    verdict = judged(two, GOOD)
    assert [(v.rule, v.resource_name) for v in verdict.mandatory] == [(RULE, "second")]
    assert len(verdict.waived) == 1


BACKEND = "apigateway-backend-uses-https"
HEALTH = GOOD | {"rule": BACKEND, "routes": "[GET /pets]"}


def api_with(*paths):
    def program():
        plain = apis.INTEGRATION | {"uri": "http://backend.example.com/pets"}
        operation = apis.BODY["paths"]["/pets"]["get"] | {"x-amazon-apigateway-integration": plain}
        apis.rest_api(("paths", {path: {"get": operation} for path in paths}))
        role = "arn:aws:iam::000000000000:role/authorizer"
        aws.lambda_.Function("authorizer", name="authorizer", role=role)
        aws.cloudwatch.LogGroup("log", name="/aws/lambda/authorizer", retention_in_days=30)

    return program


def test_a_waiver_excuses_its_routes_only(judged):
    verdict = judged(api_with("/pets", "/backdoor"), HEALTH)
    (violation,) = [v for v in verdict.mandatory if v.rule == BACKEND]
    assert "GET /backdoor" in violation.message
    assert [w.rule for w in verdict.waived] == [BACKEND]


def test_a_waiver_without_routes_excuses_no_route(judged):
    without = {key: value for key, value in HEALTH.items() if key != "routes"}
    verdict = judged(api_with("/pets"), without)
    assert {v.rule for v in verdict.mandatory} == {BACKEND, NEEDED}


def test_a_route_that_needs_no_waiver_any_more_is_a_violation(judged):
    verdict = judged(api_with("/pets"), HEALTH | {"routes": "[GET /pets, GET /old]"})
    (violation,) = [v for v in verdict.mandatory if v.rule == NEEDED]
    assert "not used for the route GET /old" in violation.message


WILDCARDS = "iam-policy-has-no-wildcards"
READER = "urn:pulumi:test::example::aws:iam/policy:Policy::reader"
LISTS = {
    **GOOD,
    "rule": WILDCARDS,
    "resource": READER,
    "statements": "[ListAll]",
}


def reader_with(*sids):
    """A policy with one statement for each Sid; an empty Sid is left out."""

    def program():
        listed = [
            {"Effect": "Allow", "Action": "s3:ListBucket", "Resource": "*"}
            | ({"Sid": sid} if sid else {})
            for sid in sids
        ]
        document = {"Version": "2012-10-17", "Statement": listed}
        aws.iam.Policy("reader", policy=json.dumps(document))

    return program


def test_a_waiver_excuses_its_statements_only(judged):
    verdict = judged(reader_with("Added", "ListAll"), LISTS)
    assert [waived.resource_urn for waived in verdict.waived] == [READER]
    (left,) = verdict.mandatory
    assert left.message.startswith("reader: policy.Statement[Added].Resource must name")


@pytest.mark.parametrize(
    ("sids", "statements"),
    [(("",), "[ListAll]"), (("ListAll",), "[Other]"), (("ListAll",), "[]")],
    ids=["without a Sid", "another", "none listed"],
)
def test_a_statement_that_is_not_listed_is_not_excused(judged, sids, statements):
    verdict = judged(reader_with(*sids), LISTS | {"statements": statements})
    assert WILDCARDS in {violation.rule for violation in verdict.mandatory}
    assert verdict.waived == ()


def test_a_statement_that_needs_no_waiver_any_more_is_a_violation(judged):
    verdict = judged(reader_with("ListAll"), LISTS | {"statements": "[ListAll, Old]"})
    (unused,) = verdict.mandatory
    assert (unused.rule, "not used for the statement Old." in unused.message) == (NEEDED, True)


def test_a_misspelt_stack_beside_the_pack_is_a_violation_in_every_stack(tmp_path):
    files = files_with(tmp_path, WIDENED)
    (tmp_path / "Pulumi.yaml").write_text("name: example\nruntime: python\n")
    (tmp_path / "Pulumi.prod.yaml").write_text("config: {}\n")
    write(files, GOOD | {"resource": URN.replace(":test::", ":prdo::")})
    pack = pack_in_process(files)
    verdict = pack.judge(graph_of(closed_api, preview=True), preview=True)
    (wrong,) = verdict.mandatory
    assert wrong.rule == CURRENT
    assert "example has no stack 'prdo' (did you mean 'prod'?)" in wrong.message


def test_each_judgement_of_a_running_pack_counts_anew(tmp_path):
    pack = tmp_path / "pack"
    copy_of_the_pack(pack)
    write(pack, GOOD)
    with running_pack(pack) as running:
        used = running.judge(graph_of(open_api, preview=True), preview=True)
        unused = running.judge(graph_of(closed_api, preview=True), preview=True)
    assert used.mandatory == ()
    assert [v.rule for v in unused.mandatory] == [NEEDED]


def test_a_proof_does_not_take_a_used_waiver_for_an_unused_one(tmp_path):
    def program():
        open_api()
        aws.s3.Bucket("assets", bucket="assets")

    pack = tmp_path / "pack"
    copy_of_the_pack(pack)
    write(pack, GOOD)
    graph = graph_of(program, preview=True)
    (bucket,) = graph.of_type("aws:s3/bucket:Bucket")
    harmless = Mutant(
        target="assets", what="renamed", graph=with_value(graph, bucket, ("bucket",), "other")
    )
    assert len(prove(graph, [harmless], pack=pack).survivors) == 1


def test_a_waiver_holds_until_the_end_of_its_last_day(tmp_path):
    last_day = read(tmp_path, GOOD, today=NEXT_MONTH)
    day_after = read(tmp_path, GOOD, today=NEXT_MONTH + timedelta(days=1))
    assert last_day.waives(RULE, URN)
    assert not day_after.waives(RULE, URN)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"rule": "nobody-knows-it"}, "does not exist"),
        ({"resource": "api"}, "whole URN"),
        ({"resource": URN.replace("::api", "::*")}, "whole URN"),
        ({"owner": '""'}, "owner must be a string of one line"),
        ({"owner": '"a: b"'}, "must not contain a colon"),
        ({"reason": '"two\\nlines"'}, "reason must be a string of one line"),
        ({"reason": "[a, b]"}, "reason must be a string of one line"),
        ({"expires": "next year"}, "expires must be a date"),
        ({"expires": '"2027-02-30"'}, "expires must be a date"),
        ({"expires": "7"}, "expires must be a date"),
        ({"expires": "2027-03-31T10:00:00Z"}, "expires must be a date"),
        ({"routes": "GET /pets"}, "routes must be a list"),
        ({"routes": "[/pets]"}, "routes must be a list"),
        ({"routes": "[7]"}, "routes must be a list"),
        ({"statements": "[0]"}, "list of Sids"),
        ({"statements": '["0"]'}, "list of Sids"),
        ({"statements": "ListAll"}, "list of Sids"),
        ({"rule": f"{RULE}s"}, f"does not exist (did you mean '{RULE}'?)"),
        ({"note": "more"}, "must have exactly"),
        ({"expires": (TODAY + LONGEST + timedelta(days=1)).isoformat()}, "lasts longer than"),
    ],
)
def test_an_entry_that_is_not_well_formed_is_a_problem(tmp_path, change, says):
    waivers = read(tmp_path, GOOD | change)
    assert not waivers.valid
    assert says in waivers.problems[0]
    assert waivers.report("another", "project").wrong == waivers.problems


def test_an_entry_given_twice_is_a_problem(tmp_path):
    assert "repeats an earlier one" in read(tmp_path, GOOD, GOOD).problems[0]


def test_a_missing_field_is_a_problem(tmp_path):
    short = {key: value for key, value in GOOD.items() if key != "owner"}
    assert "must have exactly" in read(tmp_path, short).problems[0]


@pytest.mark.parametrize(
    "text", ["{", "- a\n", "waivers: 7\n", "waivers: []\nmore: 1\n", "waivers\n", "\x00"]
)
def test_a_file_that_is_no_list_of_waivers_is_a_problem(tmp_path, text):
    path = tmp_path / "waivers.yaml"
    path.write_text(text)
    assert Waivers.read(path, [RULE]).problems


def test_no_file_and_an_empty_list_mean_no_waivers(tmp_path):
    path = tmp_path / "waivers.yaml"
    assert Waivers.read(path, [RULE]) == Waivers()
    path.write_text("waivers: []\n")
    assert Waivers.read(path, [RULE]) == Waivers()


def test_a_folder_in_place_of_the_file_is_a_problem(tmp_path):
    path = tmp_path / "waivers.yaml"
    path.mkdir()
    assert "cannot be read" in Waivers.read(path, [RULE]).problems[0]


@given(st.text())
def test_no_text_crashes_the_reader_or_waives_anything(tmp_path_factory, text):
    path = tmp_path_factory.mktemp("waivers") / "waivers.yaml"
    path.write_text(text, encoding="utf-8", errors="surrogateescape")
    waivers = Waivers.read(path, [RULE], date(2026, 1, 1))
    assert not waivers.waives(RULE, URN)
