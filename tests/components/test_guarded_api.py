"""GuardedApi: the four gates in order, names of its own, and nothing registered from bad files."""

import json
from pathlib import Path

import pulumi
import pytest
from cryptography import x509

from components.account import AccountError
from components.arn import Place
from components.guarded_api import GuardedApi, GuardedApiArgs
from components.truststore import TruststoreError
from components.usage_plans import PlanLimits
from portcullis.errors import MisuseError
from portcullis.registry import RegistryError
from tests.portcullis.contract.contracts import PETSTORE

PROJECT = Path(__file__).parents[2]  # its build cache holds the wheels
CLIENTS = """\
clients:
  - id: shop
    match: [{sanUri: spiffe://x/shop}]
    scopes: [pets:read]
    status: active
"""
GOLD = PlanLimits(rate_per_second=5, burst=10)


@pytest.fixture
def args(tmp_path, place, truststore_file):
    (tmp_path / "clients.yaml").write_text(CLIENTS)

    def make(**changes):
        return GuardedApiArgs(
            **{
                "prefix": "orders-dev",
                "place": place,
                "stage_name": "dev",
                "domain": "api.example.com",
                "hosted_zone_id": "Z1",
                "truststore_file": str(truststore_file),
                "allowed_cidrs": ["203.0.113.0/24"],
                "clients_file": str(tmp_path / "clients.yaml"),
                "contract_file": str(PETSTORE),
                "backend_url": "https://backend.example.com",
                "audience": "orders",
                "platform": "laptop",
                "build_folder": str(PROJECT / ".portcullis" / "build"),
                **changes,
            }
        )

    return make


@pytest.fixture
def build(args):
    def make(name="orders", opts=None, **changes):
        return lambda: GuardedApi(name, args(**changes), opts)

    return make


def test_the_gates_stand_in_front_of_the_only_way_in(engine, build):
    recorded = engine.preview(build())
    mapping, stage = recorded.one("BasePathMapping"), recorded.one("Stage")
    association = recorded.one("WebAclAssociation")
    assert association.urn in mapping.dependencies
    assert association.property_dependencies["resourceArn"] == (stage.urn,)
    assert stage.urn in mapping.property_dependencies["stageName"]
    assert recorded.one("RestApi").inputs["disableExecuteApiEndpoint"] is True
    assert "mutualTlsAuthentication" in recorded.one("DomainName").inputs
    body = json.loads(recorded.one("RestApi").inputs["body"])
    scheme = body["components"]["securitySchemes"]["clientCertificate"]
    uri = scheme["x-amazon-apigateway-authorizer"]["authorizerUri"]
    assert f":function:{recorded.one('Function').inputs['name']}:live/" in uri


def test_every_component_inside_is_a_child_and_begins_with_its_name(engine, build):
    recorded = engine.run(build())
    gates = recorded.one("GuardedApi")
    inside = {r.name: r.parent for r in recorded.graph if r.type.startswith("portcullis:")}
    del inside["orders"]
    assert set(inside.values()) == {gates.urn}
    parts = ("authorizer", "api", "waf", "domain", "observability")
    assert set(inside) == {f"orders-{part}" for part in parts}


def test_two_of_them_share_no_name(engine, build):
    def program():
        build("a", prefix="a-dev", domain="a.example.com")()
        build("b", prefix="b-dev", domain="b.example.com", manage_account_logging=False)()

    recorded = engine.run(program)
    urns = [r.urn for r in recorded.graph]
    assert len(set(urns)) == len(urns)
    names = [
        (r.type, r.inputs["name"]) for r in recorded.graph if isinstance(r.inputs.get("name"), str)
    ]
    # Names within another resource: the function's alias and the role's policy.
    inner = ("aws:lambda/alias:Alias", "aws:iam/rolePolicy:RolePolicy", "aws:route53/record:Record")
    own = [one for one in names if one[0] not in inner]
    assert len(set(own)) == len(own)


def test_at_the_top_level_the_names_are_bare(engine, build):
    recorded = engine.run(build("gates", top_level_names=True))
    names = {r.name for r in recorded.graph if r.type.startswith("portcullis:")}
    assert names == {"gates", "authorizer", "api", "waf", "domain", "observability"}


def test_ipv6_is_accepted_where_the_allow_list_has_it(engine, build):
    for cidrs, expected in ((["203.0.113.0/24"], "ipv4"), (["2001:db8::/32"], "dualstack")):
        recorded = engine.preview(build(allowed_cidrs=cidrs))
        for kind in ("RestApi", "DomainName"):
            endpoint = recorded.one(kind).inputs["endpointConfiguration"]
            assert endpoint["ipAddressType"] == expected


def test_without_a_file_the_clients_are_in_a_table(engine, build):
    recorded = engine.preview(build(clients_file=None, rate_plans={"gold": GOLD}))
    table, function = recorded.one("Table"), recorded.one("Function")
    variables = function.inputs["environment"]["variables"]
    assert variables["PORTCULLIS_REGISTRY_TABLE"] == table.inputs["name"]
    assert recorded.one("ApiKey").inputs["name"] == "orders-dev-gold"


def test_each_client_of_the_file_has_a_key_under_its_plan(engine, build, tmp_path):
    (tmp_path / "clients.yaml").write_text(CLIENTS + "    ratePlan: gold\n")
    recorded = engine.preview(build(rate_plans={"gold": GOLD}))
    assert recorded.one("ApiKey").inputs["name"] == "orders-dev-shop"
    assert recorded.one("RestApi").inputs["apiKeySource"] == "AUTHORIZER"
    assert not engine.preview(build(rate_plans={}, clients_file=None)).all("UsagePlan")


def test_shield_advanced_protects_the_hosted_zone(engine, build):
    protection = engine.preview(build(shield_advanced=True)).one("Protection")
    assert protection.inputs["resourceArn"].endswith(":hostedzone/Z1")
    assert not engine.preview(build()).all("Protection")


@pytest.mark.parametrize(
    ("changes", "days"),
    [({}, 20), ({"ownership_verification_certificate_arn": "arn:aws:acm:::certificate/b"}, 45)],
    ids=["issued by ACM", "imported"],
)
def test_the_certificate_s_alarm_leaves_time_for_its_kind_of_renewal(engine, build, changes, days):
    certificate = {"hosted_zone_id": None, "certificate_arn": "arn:aws:acm:::certificate/a"}
    recorded = engine.preview(build(**certificate, **changes))
    alarm = recorded.one("MetricAlarm", "orders-observability-server-certificate-expiry")
    assert alarm.inputs["threshold"] == days


@pytest.mark.parametrize("lists", [False, True])
def test_revocation_lists_are_watched_where_there_are_any(engine, build, lists):
    recorded = engine.preview(build(clients_file=None, crl_table=lists))
    alarms = [r.name for r in recorded.all("MetricAlarm")]
    assert any("revocation-list" in name for name in alarms) is lists


@pytest.mark.parametrize(
    ("backend_url", "watched"),
    [("https://backend.example.com", True), ("http://backend.example.com", False)],
)
def test_the_end_of_the_certificate_for_an_https_backend_is_watched(
    engine, build, backend_url, watched
):
    recorded = engine.run(build(backend_url=backend_url))
    alarms = {alarm.name: alarm.inputs for alarm in recorded.all("MetricAlarm")}
    assert ("orders-observability-backend-certificate-expiry" in alarms) is watched
    if watched:
        (certificate,) = recorded.all("ClientCertificate")
        pem = certificate.property("pemEncodedCertificate").encode()
        end = int(x509.load_pem_x509_certificate(pem).not_valid_after_utc.timestamp())
        queries = alarms["orders-observability-backend-certificate-expiry"]["metricQueries"]
        assert str(end) in queries[1]["expression"]


def test_tags_are_on_what_can_have_them_and_on_nothing_outside(engine, build):
    def program():
        build(tags={"team": "payments"})()
        pulumi.ComponentResource("test:index:Other", "other")

    recorded = engine.preview(program)
    assert recorded.one("Stage").inputs["tags"] == {"team": "payments"}
    assert recorded.one("Key").inputs["tags"] == {"team": "payments"}
    assert "tags" not in recorded.one("BasePathMapping").inputs


def test_protection_reaches_what_must_not_be_destroyed(engine, build):
    kinds = {"Key", "RestApi", "Bucket", "DomainName", "Table"}
    recorded = engine.preview(build(clients_file=None))
    assert {r.type.rpartition(":")[2] for r in recorded.graph if r.flags.protect} == kinds
    assert not any(r.flags.protect for r in engine.preview(build(protect=False)).graph)


def test_outputs_are_those_of_the_components_inside(engine, build):
    made = []
    recorded = engine.run(lambda: made.append(build()()))
    (gates,) = made
    assert (gates.url, gates.issuer) == ("https://api.example.com",) * 2
    assert gates.authorizer_function == recorded.one("Function").inputs["name"]
    assert recorded.one("GuardedApi").outputs["jwks"]["keys"][0]["kid"]


@pytest.fixture
def registered(monkeypatch):
    """The component types of ours that a program began to register."""
    seen = []
    original = pulumi.ComponentResource.__init__

    def watch(self, kind, *rest, **named):
        seen.append(kind)
        original(self, kind, *rest, **named)

    monkeypatch.setattr(pulumi.ComponentResource, "__init__", watch)
    return seen


BAD_FILES = {
    "truststore": ("truststore.pem", "nothing", TruststoreError),
    "unknown scope": ("clients.yaml", CLIENTS.replace("pets:read", "pets:eat"), RegistryError),
    "client without a plan": ("clients.yaml", CLIENTS, MisuseError),
}


@pytest.mark.parametrize("case", list(BAD_FILES))
def test_a_file_that_cannot_be_used_registers_nothing(engine, build, registered, tmp_path, case):
    file, text, error = BAD_FILES[case]
    (tmp_path / file).write_text(text)
    with pytest.raises(error):
        engine.preview(build(rate_plans={"gold": GOLD}))
    assert set(registered) == {"pulumi:pulumi:Stack"}


def test_credentials_of_another_account_register_no_resource_of_aws(engine, build, registered):
    place = Place(region="eu-central-1", account_id="999988887777")
    with pytest.raises(AccountError):
        engine.preview(build(place=place))
    assert registered[-1] == "portcullis:index:GuardedApi"
