"""One line tells the whole story of a call, and never its token."""

import json

import pytest

from components.access_log import ACCESS_LOG_FORMAT

LINE = json.loads(ACCESS_LOG_FORMAT)


def test_the_format_is_one_line_of_json_with_every_value_in_quotes():
    assert "\n" not in ACCESS_LOG_FORMAT
    assert all(value.startswith("$context.") for value in LINE.values())


@pytest.mark.parametrize(
    "variable",
    [
        "requestId",
        "extendedRequestId",
        "httpMethod",
        "resourcePath",
        "status",
        "identity.sourceIp",
        "identity.clientCert.subjectDN",
        "identity.clientCert.serialNumber",
        "authorizer.clientId",
        "authorizer.reason",
        "authorizer.certificateThumbprint",
        "authorizer.latency",
        "authorizer.status",
        "wafResponseCode",
        "waf.status",
        "waf.latency",
        "webaclArn",
        "integration.status",
        "integration.latency",
        "error.responseType",
    ],
)
def test_the_line_tells_of_every_gate(variable):
    assert f"$context.{variable}" in LINE.values()


@pytest.mark.parametrize("secret", ["authorization", "clientCertPem", "accessToken", "apiKey"])
def test_the_line_never_holds_a_secret(secret):
    assert secret.lower() not in ACCESS_LOG_FORMAT.lower()


def test_the_reason_of_a_refusal_comes_before_long_values():
    """AWS does not document whether it shortens a long line."""
    assert list(LINE)[:2] == ["requestId", "errorResponseType"]


def test_the_line_fits_into_a_log_format():
    assert len(ACCESS_LOG_FORMAT) < 3000  # API Gateway API Reference, AccessLogSettings: 3 KB
