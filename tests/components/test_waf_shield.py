"""The web ACL blocks what is not in the allow-list, stands on the stage, logs no secrets."""

import json
import re

import botocore.session
import pulumi
import pulumi_aws as aws
import pytest

from components.waf_shield import WafShield, WafShieldArgs
from portcullis.graph.resource import UNKNOWN

GROUPS = ("AWSManagedRulesCommonRuleSet", "AWSManagedRulesSQLiRuleSet")


@pytest.fixture
def build(place):
    def make(**changes):
        def program():
            stage = aws.apigateway.Stage(
                "stage", rest_api="a1b2c3d4e5", deployment="d1", stage_name="dev"
            )
            args = {
                "prefix": "portcullis-dev",
                "place": place,
                "stage_arn": stage.arn,
                "allowed_cidrs": ["203.0.113.0/24", "2001:db8::/32"],
                "managed_rule_groups": GROUPS,
                "log_retention_days": 30,
                "kms_key_arn": None,
                "advanced_hosted_zone_id": None,
                **changes,
            }
            WafShield("waf", WafShieldArgs(**args))

        return program

    return make


def rules(recorded):
    return recorded.one("WebAcl").inputs["rules"]


def test_the_first_rule_blocks_what_is_in_neither_ip_set(engine, build):
    recorded = engine.run(build())
    first = min(rules(recorded), key=lambda rule: rule["priority"])
    v4, v6 = (recorded.one("IpSet", f"waf-allowed-ipv{n}").outputs["arn"] for n in (4, 6))
    assert first["statement"] == {
        "notStatement": {
            "statement": {
                "orStatement": {
                    "statements": [
                        {"ipSetReferenceStatement": {"arn": v4}},
                        {"ipSetReferenceStatement": {"arn": v6}},
                    ]
                }
            }
        }
    }
    assert "block" in first["action"]


@pytest.mark.parametrize(
    ("cidr", "version"), [("203.0.113.0/24", "IPV4"), ("2001:db8::/32", "IPV6")]
)
def test_one_family_makes_one_ip_set_and_no_or(engine, build, cidr, version):
    recorded = engine.run(build(allowed_cidrs=[cidr]))
    ip_set = recorded.one("IpSet")
    assert ip_set.inputs["ipAddressVersion"] == version
    assert ip_set.inputs["addresses"] == [cidr]
    assert rules(recorded)[0]["statement"] == {
        "notStatement": {"statement": {"ipSetReferenceStatement": {"arn": ip_set.outputs["arn"]}}}
    }


def test_each_family_stands_in_its_own_ip_set(engine, build):
    recorded = engine.run(
        build(allowed_cidrs=["203.0.113.0/24", "2001:db8::/32", "198.51.100.0/24"])
    )
    assert recorded.one("IpSet", "waf-allowed-ipv4").inputs["addresses"] == [
        "203.0.113.0/24",
        "198.51.100.0/24",
    ]
    assert recorded.one("IpSet", "waf-allowed-ipv6").inputs["addresses"] == ["2001:db8::/32"]
    assert {ip_set.inputs["scope"] for ip_set in recorded.all("IpSet")} == {"REGIONAL"}


def test_no_rule_allows_and_so_ends_the_evaluation(engine, build):
    web_acl = engine.run(build()).one("WebAcl").inputs
    assert not any("allow" in rule.get("action", {}) for rule in web_acl["rules"])
    assert not any("count" in rule.get("action", {}) for rule in web_acl["rules"])
    assert web_acl["defaultAction"] == {"allow": {}}
    assert web_acl["scope"] == "REGIONAL"


def test_a_blocked_caller_reads_what_api_gateway_says_and_operators_read_the_layer(engine, build):
    web_acl = engine.run(build()).one("WebAcl").inputs
    (body,) = web_acl["customResponseBodies"]
    assert body["contentType"] == "APPLICATION_JSON"
    assert body["content"] == '{"message":"Forbidden"}'
    for rule in web_acl["rules"][:2]:
        assert rule["action"]["block"]["customResponse"] == {
            "responseCode": 403,
            "customResponseBodyKey": body["key"],
            "responseHeaders": [{"name": "x-portcullis-layer", "value": "web-acl"}],
        }


def test_the_web_acl_stands_on_the_stage(engine, build):
    recorded = engine.run(build())
    association = recorded.one("WebAclAssociation")
    assert association.inputs == {
        "resourceArn": "arn:aws:apigateway:eu-central-1::/restapis/a1b2c3d4e5/stages/dev",
        "webAclArn": recorded.one("WebAcl").outputs["arn"],
    }


def test_the_association_is_decidable_at_preview(engine, build):
    recorded = engine.preview(build())
    association = recorded.one("WebAclAssociation")
    assert recorded.named(association.property_dependencies["resourceArn"]) == {"stage"}
    assert recorded.named(association.property_dependencies["webAclArn"]) == {"waf"}
    # A new association first would fall with the deletion of the old one.
    assert association.flags.delete_before_replace


def test_only_the_arns_of_the_rules_are_unknown_at_preview(engine, build):
    recorded = engine.preview(build())
    found = rules(recorded)
    inside = found[0]["statement"]["notStatement"]["statement"]["orStatement"]["statements"]
    assert inside == [{"ipSetReferenceStatement": {"arn": UNKNOWN}}] * 2
    known = json.dumps(found).replace(json.dumps({"arn": UNKNOWN}), "{}")
    assert UNKNOWN not in known


def test_it_logs_to_a_group_that_waf_accepts_and_cuts_secrets(engine, build):
    recorded = engine.run(build(log_retention_days=7))
    group, logging = recorded.one("LogGroup"), recorded.one("WebAclLoggingConfiguration")
    assert group.inputs["name"] == "aws-waf-logs-portcullis-dev"
    assert group.inputs["retentionInDays"] == 7
    assert logging.inputs["logDestinationConfigs"] == [group.outputs["arn"]]
    assert logging.inputs["resourceArn"] == recorded.one("WebAcl").outputs["arn"]
    redacted = [field["singleHeader"]["name"] for field in logging.inputs["redactedFields"]]
    assert "authorization" in redacted
    assert not recorded.one("WebAcl").inputs["visibilityConfig"]["sampledRequestsEnabled"]


def test_the_log_takes_the_stack_s_own_key(engine, build):
    key = "arn:aws:kms:eu-central-1:111122223333:key/11111111-2222"
    assert engine.run(build(kms_key_arn=key)).one("LogGroup").inputs["kmsKeyId"] == key


def test_only_this_account_s_log_delivery_writes_the_log(engine, build):
    recorded = engine.preview(build())
    (statement,) = json.loads(recorded.one("LogResourcePolicy").inputs["policyDocument"])[
        "Statement"
    ]
    assert statement["Principal"] == {"Service": "delivery.logs.amazonaws.com"}
    assert statement["Resource"] == (
        "arn:aws:logs:eu-central-1:111122223333:log-group:aws-waf-logs-portcullis-dev:log-stream:*"
    )
    assert statement["Condition"]["StringEquals"] == {"aws:SourceAccount": "111122223333"}
    logging = recorded.one("WebAclLoggingConfiguration")
    assert "waf-log-delivery" in recorded.behind(logging)


def test_every_rule_is_measured_under_its_own_name(engine, build):
    web_acl = engine.run(build()).one("WebAcl").inputs
    names = [rule["visibilityConfig"]["metricName"] for rule in web_acl["rules"]]
    names.append(web_acl["visibilityConfig"]["metricName"])
    assert len(set(names)) == len(names)
    assert all(rule["visibilityConfig"]["cloudwatchMetricsEnabled"] for rule in web_acl["rules"])


def test_shield_standard_needs_no_resource(engine, build):
    assert not engine.run(build()).all("Protection")


def test_shield_advanced_protects_the_hosted_zone_and_says_what_it_costs(engine, build, caplog):
    with caplog.at_level("WARNING"):
        protection = engine.run(build(advanced_hosted_zone_id="Z1")).one("Protection")
    assert protection.inputs["resourceArn"] == "arn:aws:route53:::hostedzone/Z1"
    assert "3,000 USD a month" in caplog.text
    assert "cannot protect a regional API directly" in caplog.text


def test_every_child_belongs_to_the_component(engine, build):
    recorded = engine.run(build(advanced_hosted_zone_id="Z1"))
    component = recorded.one("WafShield")
    children = [r for r in recorded.graph if r is not component and r.name != "stage"]
    assert {child.parent for child in children} == {component.urn}
    assert all(child.name.startswith("waf") for child in children)


def test_the_component_s_own_options_do_not_reach_its_children(engine, build, place):
    def program():
        args = WafShieldArgs(
            prefix="portcullis-dev",
            place=place,
            stage_arn="arn:aws:apigateway:eu-central-1::/restapis/a/stages/b",
            allowed_cidrs=["203.0.113.0/24"],
            rate_limit=10,
            rate_window_seconds=60,
            managed_rule_groups=(),
            log_retention_days=30,
            kms_key_arn=None,
            advanced_hosted_zone_id=None,
        )
        WafShield("waf", args, pulumi.ResourceOptions(ignore_changes=["rules"]))

    recorded = engine.run(program)
    assert recorded.one("WafShield").flags.ignore_changes == ("rules",)
    assert recorded.one("WebAcl").flags.ignore_changes == ()


@pytest.mark.parametrize(
    ("resource", "operation"), [("WebAcl", "CreateWebACL"), ("IpSet", "CreateIPSet")]
)
def test_a_description_matches_the_pattern_of_the_aws_model(engine, build, resource, operation):
    model = botocore.session.get_session().get_service_model("wafv2")
    shape = model.operation_model(operation).input_shape.members["Description"]
    pattern = shape.metadata["pattern"]
    assert not re.fullmatch(pattern, "Allow-list; rate limit")  # AWS refuses a semicolon
    for registered in engine.run(build()).all(resource):
        assert re.fullmatch(pattern, registered.inputs["description"])
