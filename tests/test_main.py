"""The whole program, for every stack, with the settings of its own Pulumi.<stack>.yaml.

Each stack runs twice: as in a preview, where computed outputs are unknown, and as in an update.
"""

import json
import runpy
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from authorizer.usage import usage_key
from components.truststore import TruststoreError
from portcullis.errors import MisuseError
from portcullis.graph.recorder import record
from portcullis.graph.resource import UNKNOWN, Graph
from portcullis.registry import RegistryError
from portcullis.settings.project import load_stack_config
from portcullis.settings.setting import SettingError
from portcullis.standin import LocalKeys, StandIn

PROJECT = Path(__file__).parents[1]
STACKS = ("local", "dev", "staging", "prod")
OUTPUTS = {
    *("url", "defaultEndpoint", "stage", "issuer", "audience", "jwks", "backendUrl"),
    *("backendCertificatesPem", "backendFunctionArn", "openidConfiguration"),
    *("webAclArn", "truststoreVersion", "authorizerFunction", "accessLogGroup"),
}


def self_signed_issuer(name, *, days=3650):
    """A self-signed root as PEM: the stacks' own ones are not in the repository."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=days))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    return certificate.public_bytes(Encoding.PEM)


@pytest.fixture(scope="session")
def truststore(tmp_path_factory):
    path = tmp_path_factory.mktemp("truststore") / "truststore.pem"
    path.write_bytes(self_signed_issuer("Test root"))
    return path


def run(stack, truststore, *, preview, **changes):
    overrides = {"portcullis:truststoreFile": str(truststore), **changes}
    config = load_stack_config(PROJECT, stack, overrides).raw_values
    stand_in = StandIn(
        region=config["aws:region"], account=config["portcullis:accountId"], keys=LocalKeys()
    )
    return record(
        lambda: runpy.run_path(str(PROJECT / "__main__.py"), run_name="__main__"),
        project="portcullis",
        stack=stack,
        config=config,
        preview=preview,
        outputs=stand_in.outputs,
        lookup=stand_in.lookup,
    )


@dataclass(frozen=True)
class Runs:
    stack: str
    preview: Graph
    update: Graph

    def one(self, kind, *, preview=False):
        graph = self.preview if preview else self.update
        (found,) = [r for r in graph if r.type.endswith(f":{kind}")]
        return found


@pytest.fixture(scope="module", params=STACKS)
def runs(request, truststore):
    return Runs(
        request.param,
        run(request.param, truststore, preview=True),
        run(request.param, truststore, preview=False),
    )


def test_both_runs_register_the_same_resources(runs):
    assert [r.urn for r in runs.preview] == [r.urn for r in runs.update]


def test_every_output_is_there(runs):
    outputs = runs.update.stack_outputs
    assert set(outputs) == OUTPUTS
    assert outputs["stage"] == runs.stack
    assert outputs["issuer"] == outputs["url"]
    assert outputs["jwks"]["keys"][0]["kid"]
    assert outputs["truststoreVersion"] == runs.one("BucketObjectv2").outputs["versionId"]
    assert outputs["webAclArn"] == runs.one("WebAcl").outputs["arn"]
    assert outputs["authorizerFunction"] == runs.one("Function").outputs["name"]
    assert outputs["defaultEndpoint"].endswith(f".amazonaws.com/{runs.stack}")


def documents(value, where=""):
    """Every text in a property that is a JSON document."""
    if isinstance(value, str) and value.startswith("{"):
        try:
            json.loads(value)
        except ValueError:
            return  # a metric filter's pattern
        yield where, value
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from documents(inner, f"{where}.{key}")
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from documents(inner, f"{where}[{index}]")


def test_every_document_is_known_at_preview(runs):
    found = 0
    for before, after in zip(runs.preview, runs.update, strict=True):
        for where, text in documents(dict(after.inputs)):
            assert (where, text) in set(documents(dict(before.inputs))), f"{after.name}{where}"
            found += 1
    assert found >= 10  # body, log format, dashboard, and the policies of IAM, KMS, S3, SNS, logs


def leaves(value, where=()):
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from leaves(inner, (*where, key))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from leaves(inner, (*where, index))
    else:
        yield where, value


def test_nothing_is_unknown_but_leaves_that_aws_makes(runs):
    for before, after in zip(runs.preview, runs.update, strict=True):
        assert set(before.inputs) == set(after.inputs), after.name
        known = dict(leaves(dict(before.inputs)))
        final = dict(leaves(dict(after.inputs)))
        # The structure is whole: an unknown stands exactly where one text will be.
        assert set(known) == set(final), after.name
        for where, value in known.items():
            assert value == UNKNOWN or value == final[where], (after.name, where)


def test_every_property_with_an_unknown_says_what_it_waits_for(runs):
    for resource in runs.preview:
        for name, value in resource.inputs.items():
            if UNKNOWN in dict(enumerate(v for _, v in leaves({name: value}))).values():
                assert resource.property_dependencies.get(name), f"{resource.name}.{name}"


def test_two_runs_of_one_program_are_equal_at_preview(runs, truststore):
    assert run(runs.stack, truststore, preview=True) == runs.preview


def test_every_resource_has_a_component_as_parent(runs):
    for resource in runs.update:
        parent = runs.update.by_urn(resource.parent or "")
        if resource.custom:
            assert parent is not None, resource.name
            assert parent.type.startswith("portcullis:index:")


def test_the_gates_stand_in_front_of_the_only_way_in(runs):
    mapping = runs.one("BasePathMapping", preview=True)
    association = runs.one("WebAclAssociation", preview=True)
    stage = runs.one("Stage", preview=True)
    api = runs.one("RestApi", preview=True)
    assert association.urn in mapping.dependencies
    assert association.property_dependencies["resourceArn"] == (stage.urn,)
    assert stage.urn in mapping.property_dependencies["stageName"]
    assert api.urn in mapping.property_dependencies["restApi"]
    assert api.inputs["disableExecuteApiEndpoint"] is True
    assert "mutualTlsAuthentication" in runs.one("DomainName", preview=True).inputs


def test_the_body_calls_the_function_that_the_program_makes(runs):
    body = json.loads(runs.one("RestApi", preview=True).inputs["body"])
    scheme = body["components"]["securitySchemes"]["clientCertificate"]
    alias = next(r for r in runs.update if r.type == "aws:lambda/alias:Alias")
    uri = scheme["x-amazon-apigateway-authorizer"]["authorizerUri"]
    assert uri == alias.outputs["invokeArn"]


def test_the_stage_holds_every_variable_that_the_key_set_reads(runs):
    variables = runs.one("Stage").inputs["variables"]
    (published,) = runs.update.stack_outputs["jwks"]["keys"]
    assert variables == {f"jwk1{member}": published[member] for member in ("kid", "x", "y")}
    body = runs.one("RestApi").inputs["body"]
    for name in variables:
        assert f"$stageVariables.{name}" in body


@pytest.mark.parametrize(
    ("cidrs", "address_type", "records"),
    [
        ('["203.0.113.0/24"]', "ipv4", {"A", "CNAME"}),
        ('["203.0.113.0/24", "2001:db8::/32"]', "dualstack", {"A", "AAAA", "CNAME"}),
    ],
    ids=["IPv4 only", "with IPv6"],
)
def test_callers_reach_the_domain_only_by_the_families_of_the_allow_list(
    truststore, cidrs, address_type, records
):
    graph = run("dev", truststore, preview=False, **{"portcullis:allowedCidrs": cidrs})
    for kind in ("restApi:RestApi", "domainName:DomainName"):
        (resource,) = graph.of_type(f"aws:apigateway/{kind}")
        assert resource.inputs["endpointConfiguration"]["ipAddressType"] == address_type
    assert {r.inputs["type"] for r in graph.of_type("aws:route53/record:Record")} == records


CERTIFICATE_ARN = "arn:aws:acm:eu-central-1:111122223333:certificate/11111111-2222"


@pytest.mark.parametrize(
    ("changes", "days"),
    [
        ({}, 20),
        ({"certificateArn": CERTIFICATE_ARN, "hostedZoneId": ""}, 20),
        (
            {
                "certificateArn": CERTIFICATE_ARN,
                "hostedZoneId": "",
                "ownershipVerificationCertificateArn": f"{CERTIFICATE_ARN}-b",
            },
            45,
        ),
    ],
    ids=["issued here", "issued by ACM", "imported"],
)
def test_the_server_certificate_s_alarm_leaves_time_for_its_kind_of_renewal(
    truststore, changes, days
):
    config = {f"portcullis:{key}": value for key, value in changes.items()}
    graph = run("dev", truststore, preview=True, **config)
    (alarm,) = (r for r in graph if r.name == "observability-server-certificate-expiry")
    assert alarm.inputs["threshold"] == days


def test_every_log_group_forgets(runs):
    groups = [r for r in runs.update if r.type == "aws:cloudwatch/logGroup:LogGroup"]
    assert len(groups) == 4
    assert all(group.inputs["retentionInDays"] for group in groups)


KMS_KEY = "arn:aws:kms:eu-central-1:111122223333:key/11111111-2222"


def test_a_key_of_ones_own_encrypts_everything_that_is_stored(truststore):
    changes = {"portcullis:kmsKeyArn": KMS_KEY, "portcullis:registry": "dynamodb"}
    graph = run("dev", truststore, preview=True, **changes)
    encrypted = {r.name for r in graph if KMS_KEY in json.dumps(dict(r.inputs))}
    assert encrypted == {
        *("authorizer-log", "api-access-log", "api-execution-log", "waf-log"),
        *("registry-table", "observability-alarms", "domain-truststore-encryption"),
        *("authorizer-function", "authorizer-permissions"),
    }


# Types of AWS that have no tags, and the object that may have only 10.
WITHOUT_TAGS = {
    *("Account", "BasePathMapping", "Deployment", "MethodSettings"),
    *("LogResourcePolicy", "LogMetricFilter", "Dashboard", "RolePolicy", "RolePolicyAttachment"),
    *("Alias", "Permission", "ProvisionedConcurrencyConfig", "UsagePlanKey"),
    *("CertificateValidation", "Record", "TopicPolicy", "TopicSubscription"),
    *("BucketOwnershipControls", "BucketPolicy", "BucketPublicAccessBlock", "BucketVersioning"),
    *("BucketServerSideEncryptionConfiguration", "BucketObjectv2"),
    *("WebAclAssociation", "WebAclLoggingConfiguration", "QueryDefinition"),
}


def test_every_resource_that_can_have_tags_has_them(truststore, tmp_path):
    changes = {
        "portcullis:tags": '{"team": "payments"}',
        "portcullis:ratePlans": PLANS,
        "portcullis:registry": "dynamodb",
        "portcullis:shield": "advanced",
    }
    graph = run("prod", truststore, preview=True, **changes)
    for resource in graph:
        if resource.custom:
            tags = resource.inputs.get("tags", {})
            expected = resource.type.rpartition(":")[2] not in WITHOUT_TAGS
            assert (tags.get("team") == "payments") is expected, resource.name


def test_names_fit_into_the_limits_of_their_services(truststore):
    graph = run("dev", truststore, preview=True)
    longest = {"Role": 64, "Function": 64, "Bucket": 63, "WebAcl": 128, "IpSet": 128}
    for resource in graph:
        limit = longest.get(resource.type.rpartition(":")[2])
        name = resource.inputs.get("name") or resource.inputs.get("bucket") or ""
        # A stack's name has 20 characters at most, and this one has three.
        assert limit is None or len(name) + 17 <= limit, resource.name


def test_prod_is_protected_and_watched(truststore):
    graph = run("prod", truststore, preview=True)
    protected = {r.type.rpartition(":")[2] for r in graph if r.flags.protect}
    assert protected == {"Key", "RestApi", "Bucket", "DomainName"}
    assert [r for r in graph if r.type.endswith(":TopicSubscription")]


@pytest.mark.parametrize("stack", ["local", "dev", "staging"])
def test_the_other_stacks_can_be_destroyed(stack, truststore):
    assert not any(r.flags.protect for r in run(stack, truststore, preview=True))


def test_a_bad_setting_registers_nothing(truststore):
    with pytest.raises(SettingError, match="portcullis:rateLimit is 1"):
        run("dev", truststore, preview=True, **{"portcullis:rateLimit": "1"})


def test_a_bad_truststore_registers_nothing(tmp_path):
    bundle = tmp_path / "truststore.pem"
    bundle.write_text("nothing")
    with pytest.raises(TruststoreError, match="not fit for API Gateway"):
        run("dev", bundle, preview=True)


def test_a_warning_about_the_truststore_is_shown_once(tmp_path, caplog):
    bundle = tmp_path / "truststore.pem"
    bundle.write_bytes(self_signed_issuer("Short root", days=20))
    with caplog.at_level("WARNING"):
        run("dev", bundle, preview=True)
    assert len([r for r in caplog.records if "Short root" in r.getMessage()]) == 1


def test_two_signing_keys_are_published_during_a_rotation(truststore):
    changes = {"portcullis:signingKeys": '["b", "a"]', "portcullis:signingKey": "a"}
    graph = run("dev", truststore, preview=False, **changes)
    _, signs = graph.stack_outputs["jwks"]["keys"]
    (function,) = graph.of_type("aws:lambda/function:Function")
    assert function.inputs["environment"]["variables"]["PORTCULLIS_SIGNING_KID"] == signs["kid"]
    (stage,) = graph.of_type("aws:apigateway/stage:Stage")
    assert len(stage.inputs["variables"]) == 6


def test_clients_live_in_a_table_by_setting(truststore):
    graph = run("dev", truststore, preview=True, **{"portcullis:registry": "dynamodb"})
    (table,) = graph.of_type("aws:dynamodb/table:Table")
    (function,) = graph.of_type("aws:lambda/function:Function")
    assert table.urn in function.dependencies
    variables = function.inputs["environment"]["variables"]
    assert variables["PORTCULLIS_REGISTRY_TABLE"] == table.inputs["name"]
    assert not table.flags.protect
    assert graph.of_type("aws:dynamodb/tableItem:TableItem") == ()


def test_prod_keeps_its_table(truststore):
    graph = run("prod", truststore, preview=True, **{"portcullis:registry": "dynamodb"})
    (table,) = graph.of_type("aws:dynamodb/table:Table")
    assert table.flags.protect
    assert table.inputs["deletionProtectionEnabled"] is True


PLANS = '{"gold": {"ratePerSecond": 10, "burst": 20}}'


def test_a_rate_plan_counts_on_the_one_stage(truststore, tmp_path):
    clients = tmp_path / "clients.yaml"
    clients.write_text(
        "clients: [{id: shop, match: [{sanUri: 'spiffe://x/shop'}], scopes: [pets:read], "
        "status: active, ratePlan: gold}]"
    )
    changes = {"portcullis:ratePlans": PLANS, "portcullis:clientsFile": str(clients)}
    graph = run("dev", truststore, preview=False, **changes)
    (plan,) = graph.of_type("aws:apigateway/usagePlan:UsagePlan")
    (stage,) = graph.of_type("aws:apigateway/stage:Stage")
    (api,) = graph.of_type("aws:apigateway/restApi:RestApi")
    assert plan.inputs["apiStages"] == [{"apiId": api.id, "stage": "dev"}]
    assert stage.urn in plan.dependencies
    (key,) = graph.of_type("aws:apigateway/apiKey:ApiKey")
    assert key.inputs["value"] == usage_key("dev", "shop")
    assert '"x-amazon-apigateway-api-key-source":"AUTHORIZER"' in api.inputs["body"]


def test_no_rate_plan_is_the_default(runs):
    assert runs.preview.of_type("aws:apigateway/usagePlan:UsagePlan") == ()
    assert runs.preview.of_type("aws:apigateway/apiKey:ApiKey") == ()


def test_a_client_without_a_plan_stops_a_stack_that_has_plans(truststore):
    with pytest.raises(MisuseError, match=r"clients\.dev\.yaml: example-aggregator, example-"):
        run("dev", truststore, preview=True, **{"portcullis:ratePlans": PLANS})


def test_a_plan_that_no_stack_setting_knows_is_refused(truststore, tmp_path):
    clients = tmp_path / "clients.yaml"
    clients.write_text(
        "clients: [{id: shop, match: [{sanUri: 'spiffe://x/shop'}], scopes: [pets:read], "
        "status: active, ratePlan: platinum}]"
    )
    with pytest.raises(RegistryError, match="'platinum', but the stack has no rate plans"):
        run("dev", truststore, preview=True, **{"portcullis:clientsFile": str(clients)})


def test_shield_advanced_protects_the_hosted_zone(truststore):
    graph = run("dev", truststore, preview=True, **{"portcullis:shield": "advanced"})
    (protection,) = graph.of_type("aws:shield/protection:Protection")
    assert protection.inputs["resourceArn"] == "arn:aws:route53:::hostedzone/Z0123456789DEVEXAMPLE"
