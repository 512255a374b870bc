"""Exceptions that cannot be right are refused before anything is registered."""

import pytest

from components.waf_exceptions import ExceptedRoutes, check_exceptions, check_routes
from portcullis.errors import MisuseError
from portcullis.managed_rules import BODY_SIZE

GROUPS = ("AWSManagedRulesCommonRuleSet",)
SQL = "AWSManagedRulesSQLiRuleSet/SQLi_BODY"


def exceptions(*routes, rule=BODY_SIZE):
    return {rule: ExceptedRoutes(routes=routes, reason="PDF files")}


def test_a_route_of_a_rule_is_accepted():
    check_exceptions(exceptions("PUT /documents/{id}", "POST /"), GROUPS)
    check_routes(exceptions("POST /"), ["GET /", "POST /"], "openapi.yaml")


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (exceptions("POST /", rule="AWSManagedRulesCommonRuleSet/Typo"), "Accepted: AWSManaged"),
        (exceptions("POST /", rule=SQL), "Accepted: AWSManagedRulesCommonRuleSet/NoUserAgent"),
        (exceptions(), "names no route"),
        (exceptions("/documents"), "not a method and a path"),
        (exceptions("POST documents"), "not a method and a path"),
        (exceptions("POST /{path+}"), "no greedy parameter"),
        (exceptions("POST /{a}/{b}"), "with a literal segment"),
    ],
)
def test_an_exception_without_a_rule_or_a_route_is_refused(wrong, words):
    with pytest.raises(MisuseError, match=words):
        check_exceptions(wrong, GROUPS)


def test_a_route_that_the_contract_lacks_is_refused():
    with pytest.raises(MisuseError, match=r"openapi.yaml does not have this.*Accepted: GET /, POS"):
        check_routes(exceptions("PUT /"), ["POST /", "GET /"], "openapi.yaml")
