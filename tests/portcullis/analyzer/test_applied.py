"""Parts of the gates that are registered inside `apply` are refused where it can be seen."""

import pulumi_aws as aws
import pytest

from portcullis.analyzer.applied import RULE, judge_applied
from portcullis.analyzer.self_check import RegisteredInApplyError, require_gates
from portcullis.analyzer.verdict import Verdict
from tests.policies.running import PACK, graph_of
from tests.portcullis.graph.test_own_registrations import run

NOTHING = Verdict(pack="p", rules=(), violations=())


def domain():
    aws.apigateway.DomainName(
        "domain",
        domain_name="api.example.test",
        mutual_tls_authentication={"truststore_uri": "s3://trust/ca.pem"},
    )


def bucket():
    return aws.s3.Bucket("names", bucket="names")


def in_apply():
    domain()
    bucket().bucket.apply(lambda name: aws.apigateway.RestApi("applied", name=name))


def in_apply_when_known():
    domain()
    bucket().arn.apply(lambda arn: aws.apigateway.RestApi("applied", name=arn))


def in_apply_of_a_function():
    domain()

    def declare(name):
        def later():
            aws.wafv2.IpSet("applied", addresses=[], ip_address_version="IPV4", scope=name)

        later()

    bucket().bucket.apply(declare)


def another_type_in_apply():
    domain()
    bucket().bucket.apply(lambda name: aws.cloudwatch.LogGroup("applied", name=name))


def without_mutual_tls():
    bucket().bucket.apply(lambda name: aws.apigateway.RestApi("applied", name=name))


def with_an_output():
    domain()
    aws.apigateway.RestApi("declared", name=bucket().bucket.apply(str.upper))


def refused(program, *, preview=True):
    verdict = judge_applied(NOTHING, graph_of(program, preview=preview))
    assert verdict.rules == (RULE,)
    assert verdict.mandatory == verdict.violations
    return [v.resource_name for v in verdict.violations]


@pytest.mark.parametrize(
    ("program", "names"),
    [
        (in_apply, ["applied"]),
        (in_apply_of_a_function, ["applied"]),
        (another_type_in_apply, []),
        (without_mutual_tls, []),
        (with_an_output, []),
    ],
    ids=["in apply", "deeper", "another type", "no mutual TLS", "an output as a property"],
)
@pytest.mark.parametrize("preview", [True, False], ids=["preview", "update"])
def test_a_part_of_the_gates_in_apply_is_refused(program, names, preview):
    assert refused(program, preview=preview) == names


def test_an_unknown_value_hides_it_from_the_preview_only():
    assert refused(in_apply_when_known) == []
    assert refused(in_apply_when_known, preview=False) == ["applied"]


@pytest.mark.parametrize(
    ("program", "preview"),
    [(in_apply, True), (in_apply_when_known, False)],
    ids=["preview", "update"],
)
def test_a_program_with_the_self_check_does_not_register_it(program, preview):
    registered = []

    def checked():
        require_gates(pack=PACK)
        program()

    with pytest.raises(RegisteredInApplyError, match="registered inside apply"):
        run(checked, preview=preview, registered=registered)
    assert "applied" not in registered
    assert "domain" in registered
