"""Fixtures of the gateway's tests: a good graph, a gateway on it, a web ACL of its own."""

from typing import Any

import pytest

from portcullis.gateway.gateway import Gateway
from portcullis.gateway.waf.web_acl import web_acls
from tests.portcullis.gateway.fakes import (
    Clock,
    FakeFunctions,
    FakeUpstream,
    Laptop,
    make_certificate,
    make_request,
)
from tests.portcullis.gateway.graphs import WEB_ACL_ARN, GraphBuilder, ip_set_arn


@pytest.fixture(scope="session")
def client_pem() -> str:
    return make_certificate("pet-shop")


@pytest.fixture(scope="session")
def other_pem() -> str:
    return make_certificate("pet-hotel")


@pytest.fixture
def good() -> GraphBuilder:
    return GraphBuilder()


@pytest.fixture
def start(client_pem):
    """Start a gateway on a builder's graph."""

    def starting(builder: GraphBuilder, **around: Any) -> Laptop:
        functions = around.pop("functions", None) or FakeFunctions()
        upstream = around.pop("upstream", None) or FakeUpstream()
        clock, lines, executions, seen = Clock(), [], [], []
        gateway = Gateway.from_graph(
            builder.graph(),
            functions=functions,
            upstream=upstream,
            access_log=lines.append,
            execution_log=executions.append,
            clock=clock,
            observe=lambda exchange, response: seen.append((exchange, response)),
        )
        return Laptop(gateway, functions, upstream, clock, lines, executions, seen, client_pem)

    return starting


@pytest.fixture
def laptop(start, good) -> Laptop:
    return start(good)


@pytest.fixture
def functions() -> FakeFunctions:
    return FakeFunctions()


@pytest.fixture
def upstream() -> FakeUpstream:
    return FakeUpstream()


OTHER_SETS = {
    "v6": ("IPV6", ["2001:db8::/32", "::1/128"]),
    "many": ("IPV4", ["10.0.0.0/8", "192.0.2.7/32", "198.51.100.0/25"]),
}


@pytest.fixture
def web_acl(good):
    """Compile rules into the web ACL of the good graph."""

    def compiled(*rules: dict[str, Any], clock: Any = None, **properties: Any):
        for name, (version, addresses) in OTHER_SETS.items():
            good.add(
                f"set-{name}",
                "aws:wafv2/ipSet:IpSet",
                arn=ip_set_arn(name),
                ipAddressVersion=version,
                addresses=addresses,
            )
        good.rules(*rules, **properties)
        return web_acls(good.graph(), clock or Clock())[WEB_ACL_ARN]

    return compiled


@pytest.fixture(scope="session")
def request_of():
    return make_request


@pytest.fixture
def matches(web_acl):
    """Whether a statement matches a request, as a blocking rule shows."""

    def matching(statement: dict[str, Any], target: str = "/pets", **changes: Any) -> bool:
        rule = {"name": "rule", "priority": 1, "action": {"block": {}}, "statement": statement}
        return not web_acl(rule).evaluate(make_request(target, **changes)).allowed

    return matching
