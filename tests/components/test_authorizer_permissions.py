"""The authorizer's role: Lambda assumes it, and it may log, read by key and trace."""

import pytest

from components.authorizer_permissions import permissions


@pytest.fixture
def statements(place):
    """Makes the statements by Sid; keyword arguments change the good ones."""

    def make(**changes):
        listed = permissions(
            place,
            **{
                "log_group_name": "/aws/lambda/portcullis-dev-authorizer",
                "table_name": None,
                "kms_key_arn": None,
                "xray": True,
                **changes,
            },
        )
        return {statement["Sid"]: statement for statement in listed}

    return make


def test_the_role_may_log_and_trace_and_nothing_else(statements):
    found = statements()
    assert set(found) == {"WriteOwnLog", "SendTraces"}
    assert found["WriteOwnLog"]["Resource"] == (
        "arn:aws:logs:eu-central-1:111122223333:log-group:"
        "/aws/lambda/portcullis-dev-authorizer:log-stream:*"
    )
    assert set(found["WriteOwnLog"]["Action"]) == {"logs:CreateLogStream", "logs:PutLogEvents"}
    assert set(found["SendTraces"]["Action"]) == {
        "xray:PutTraceSegments",
        "xray:PutTelemetryRecords",
    }


def test_the_role_reads_the_registry_by_key_only(statements):
    assert statements(table_name="portcullis-dev-registry")["ReadRegistry"] == {
        "Sid": "ReadRegistry",
        "Effect": "Allow",
        "Action": ["dynamodb:GetItem", "dynamodb:BatchGetItem"],
        "Resource": "arn:aws:dynamodb:eu-central-1:111122223333:table/portcullis-dev-registry",
    }


def test_the_role_decrypts_with_the_stack_s_own_key_only(statements):
    key = "arn:aws:kms:eu-central-1:111122223333:key/11111111-2222"
    assert statements(kms_key_arn=key)["DecryptWithStackKey"] == {
        "Sid": "DecryptWithStackKey",
        "Effect": "Allow",
        "Action": "kms:Decrypt",
        "Resource": key,
    }


def test_without_tracing_no_statement_has_a_free_wildcard(statements):
    found = statements(xray=False)
    assert "SendTraces" not in found
    assert "*" not in [s["Resource"] for s in found.values()]
