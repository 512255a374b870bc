"""A truststore that is served in the clear is refused."""

import json

import pulumi_aws as aws
import pytest

from tests.policies import truststores
from tests.policies.cases import Cases
from tests.policies.running import graph_of

CASES = Cases("s3-truststore-requires-tls")


@CASES.bad("domain", says="denies plain HTTP")
def without_a_policy():
    bucket = aws.s3.Bucket("trust", bucket="example-truststore")
    upload = aws.s3.BucketObjectv2("bundle", bucket=bucket.bucket, key="ca.pem", content="…")
    aws.apigateway.DomainName(
        "domain",
        domain_name="api.example.com",
        mutual_tls_authentication={
            "truststore_uri": "s3://example-truststore/ca.pem",
            "truststore_version": upload.version_id,
        },
    )


@CASES.good
def plain_http_denied():
    bucket = aws.s3.Bucket("trust", bucket="example-truststore")
    tls_only = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": ["arn:aws:s3:::example-truststore", "arn:aws:s3:::example-truststore/*"],
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
    aws.s3.BucketPolicy(
        "tls",
        bucket=bucket.bucket,
        policy=json.dumps({"Version": "2012-10-17", "Statement": [tls_only]}),
    )
    upload = aws.s3.BucketObjectv2("bundle", bucket=bucket.bucket, key="ca.pem", content="…")
    aws.apigateway.DomainName(
        "domain",
        domain_name="api.example.com",
        mutual_tls_authentication={
            "truststore_uri": "s3://example-truststore/ca.pem",
            "truststore_version": upload.version_id,
        },
    )


@CASES.bad("domain")
def allowed_with_tls_is_not_denied_without():
    allowed = truststores.TLS_ONLY | {
        "Effect": "Allow",
        "Condition": {"Bool": {"aws:SecureTransport": "true"}},
    }
    truststores.domain(policy={"policy": truststores.document(allowed)})


@CASES.bad("domain")
def denied_to_one_role_only():
    narrow = truststores.TLS_ONLY | {"Principal": {"AWS": "arn:aws:iam::000000000000:role/x"}}
    truststores.domain(policy={"policy": truststores.document(narrow)})


@CASES.bad("domain")
def denied_for_reading_only():
    narrow = truststores.TLS_ONLY | {"Action": "s3:GetObject"}
    truststores.domain(policy={"policy": truststores.document(narrow)})


@CASES.bad("domain")
def denied_under_a_second_condition_only():
    condition = truststores.TLS_ONLY["Condition"] | {"StringEquals": {"aws:PrincipalOrgID": "o-1"}}
    narrow = truststores.TLS_ONLY | {"Condition": condition}
    truststores.domain(policy={"policy": truststores.document(narrow)})


@CASES.bad("domain")
def condition_the_wrong_way_round():
    wrong = truststores.TLS_ONLY | {"Condition": {"Bool": {"aws:SecureTransport": "true"}}}
    truststores.domain(policy={"policy": truststores.document(wrong)})


@CASES.good
def one_statement_instead_of_a_list():
    policy = json.dumps({"Version": "2012-10-17", "Statement": truststores.TLS_ONLY})
    truststores.domain(policy={"policy": policy})


@CASES.bad("domain", says="the policy later of the truststore's bucket allows plain HTTP")
def a_second_policy_that_replaces_the_first():
    truststores.domain()
    reads = truststores.TLS_ONLY | {"Effect": "Allow", "Principal": {"AWS": "000000000000"}}
    aws.s3.BucketPolicy("later", bucket=truststores.NAME, policy=truststores.document(reads))


@CASES.ignored
def a_bucket_that_holds_no_truststore():
    aws.s3.Bucket("assets", bucket="assets")


@pytest.mark.parametrize("case", CASES, ids=str)
def test_the_rule_decides(case, judged):
    case.check(judged)


def test_a_policy_that_only_an_update_knows_is_refused_in_a_preview(pack):
    def computed():
        bucket = aws.s3.Bucket("owner", bucket="owner")
        text = bucket.arn.apply(lambda _: truststores.document(truststores.TLS_ONLY))
        truststores.domain(policy={"policy": text})

    verdict = pack.judge(graph_of(computed, preview=True), preview=True)
    (violation,) = [v for v in verdict.violations if v.rule == CASES.rule]
    assert "policy is not known before the update" in violation.message
