"""A clean program with one dangerous line is refused, with one innocent line it passes."""

import hashlib
import json
from collections.abc import Callable
from typing import Any

import pulumi
import pulumi_aws as aws
import pytest

from tests.policies import acls, apis, by_hand, truststores
from tests.policies.by_hand import Clean

Line = Callable[[Clean], Any]
DANGEROUS: list[tuple[str, Line]] = []
INNOCENT: list[Line] = []
ACL_ARN = "arn:aws:wafv2:eu-central-1:000000000000:regional/webacl/central/1"
STAGE_ARN = "arn:aws:apigateway:eu-central-1::/restapis/api-id/stages/stage"


def dangerous(rule: str) -> Callable[[Line], Line]:
    """The line must be refused by this rule."""

    def add(line: Line) -> Line:
        DANGEROUS.append((rule, line))
        return line

    return add


def innocent(line: Line) -> Line:
    INNOCENT.append(line)
    return line


@dangerous("apigateway-stage-requires-web-acl")
def second_association_with_a_foreign_web_acl(clean):
    aws.wafv2.WebAclAssociation("second", resource_arn=clean.stage.arn, web_acl_arn=ACL_ARN)


@dangerous("apigateway-stage-requires-web-acl")
def second_association_with_a_web_acl_of_this_stack(clean):
    other = aws.wafv2.WebAcl(
        "other",
        scope="REGIONAL",
        default_action={"block": {}},
        visibility_config=acls.VISIBILITY,
    )
    aws.wafv2.WebAclAssociation("second", resource_arn=clean.stage.arn, web_acl_arn=other.arn)


@dangerous("apigateway-stage-requires-web-acl")
def second_association_by_the_text_of_the_arn(_clean):
    aws.wafv2.WebAclAssociation("second", resource_arn=STAGE_ARN, web_acl_arn=ACL_ARN)


@dangerous("apigateway-stage-requires-web-acl")
def second_association_by_an_arn_from_the_api(clean):
    arn = pulumi.Output.concat(clean.api.arn, "/stages/stage")
    aws.wafv2.WebAclAssociation("second", resource_arn=arn, web_acl_arn=ACL_ARN)


@innocent
def association_of_a_load_balancer_with_a_foreign_web_acl(_clean):
    balancer = aws.lb.LoadBalancer("balancer")
    aws.wafv2.WebAclAssociation("second", resource_arn=balancer.arn, web_acl_arn=ACL_ARN)


def mapped(clean, **changes):
    return aws.apigateway.BasePathMapping(
        "m2",
        **{
            "domain_name": clean.domain.domain_name,
            "rest_api": clean.api.id,
            "stage_name": clean.stage.stage_name,
            "base_path": "v2",
        }
        | changes,
        opts=pulumi.ResourceOptions(depends_on=clean.guards),
    )


@innocent
def a_second_mapping(clean):
    mapped(clean)


@innocent
def a_second_mapping_by_references_through_other_resources(clean):
    mapped(clean, rest_api=clean.stage.rest_api)


@dangerous("apigateway-mapping-leads-to-guarded-stage")
def a_domain_of_another_stack(clean):
    mapped(clean, domain_name="legacy.example.com")


@dangerous("apigateway-mapping-leads-to-guarded-stage")
def an_api_mapping_of_a_domain_of_another_stack(clean):
    aws.apigatewayv2.ApiMapping(
        "m2",
        domain_name="legacy.example.com",
        api_id=clean.api.id,
        stage=clean.stage.stage_name,
    )


@dangerous("apigateway-mapping-leads-to-guarded-stage")
def a_routing_rule_of_a_domain_of_another_stack(clean):
    aws.apigatewayv2.RoutingRule(
        "m2",
        domain_name="legacy.example.com",
        priority=1,
        conditions=[{"match_base_paths": {"any_ofs": ["pets"]}}],
        actions=[{"invoke_api": {"api_id": clean.api.id, "stage": clean.stage.stage_name}}],
    )


@dangerous("apigateway-mapping-leads-to-guarded-stage")
def the_private_domain_of_another_stack(clean):
    mapped(clean, domain_name_id="abc123")


@dangerous("apigateway-mapping-leads-to-guarded-stage")
def another_api_with_the_name_of_the_guarded_stage(clean):
    mapped(clean, rest_api="abcdef1234")


@dangerous("apigateway-mapping-leads-to-guarded-stage")
def another_api_of_this_stack_with_the_name_of_the_guarded_stage(clean):
    other = aws.apigateway.RestApi(
        "other",
        disable_execute_api_endpoint=True,
        endpoint_configuration={"types": "REGIONAL"},
    )
    mapped(clean, rest_api=other.id)


@dangerous("apigateway-mapping-leads-to-guarded-stage")
def an_api_mapping_of_another_api(clean):
    aws.apigatewayv2.ApiMapping(
        "m2",
        domain_name=clean.domain.domain_name,
        api_id="abcdef1234",
        stage=clean.stage.stage_name,
    )


@dangerous("apigateway-mapping-leads-to-guarded-stage")
def a_routing_rule_to_another_api(clean):
    aws.apigatewayv2.RoutingRule(
        "m2",
        domain_name=clean.domain.domain_name,
        priority=1,
        conditions=[{"match_base_paths": {"any_ofs": ["pets"]}}],
        actions=[{"invoke_api": {"api_id": "abcdef1234", "stage": clean.stage.stage_name}}],
    )


@dangerous("apigateway-mapping-leads-to-guarded-stage")
def an_api_without_routes_in_this_stack(clean):
    other = aws.apigateway.RestApi(
        "other",
        disable_execute_api_endpoint=True,
        endpoint_configuration={"types": "REGIONAL"},
    )
    stage = apis.stage_of(other, "empty")
    aws.wafv2.WebAclAssociation("second", resource_arn=stage.arn, web_acl_arn=ACL_ARN)
    mapped(clean, rest_api=other.id, stage_name=stage.stage_name)


@dangerous("apigateway-stage-requires-web-acl")
def a_web_acl_for_cloudfront(clean):
    stage = apis.stage_of(clean.api, "second")
    edge = aws.wafv2.WebAcl(
        "edge",
        scope="CLOUDFRONT",
        default_action={"block": {}},
        visibility_config=acls.VISIBILITY,
    )
    aws.wafv2.WebAclAssociation("second", resource_arn=stage.arn, web_acl_arn=edge.arn)


EVERYTHING = {"geo_match_statement": {"country_codes": ["DE"]}}


def rule_group(*rules, **changes):
    rules = rules or [acls.rate(statement=EVERYTHING, action={"allow": {}})]
    return aws.wafv2.RuleGroup(
        "group",
        **{
            "scope": "REGIONAL",
            "capacity": 10,
            "rules": list(rules),
            "visibility_config": acls.VISIBILITY,
        }
        | changes,
    )


def using(arn, priority, **changes):
    return {
        "name": "group",
        "priority": priority,
        "override_action": {"none": {}},
        "statement": {"rule_group_reference_statement": {"arn": arn}},
        "visibility_config": acls.VISIBILITY,
    } | changes


def second_acl(*rules, default="block"):
    return aws.wafv2.WebAcl(
        "second",
        scope="REGIONAL",
        default_action={default: {}},
        rules=list(rules),
        visibility_config=acls.VISIBILITY,
    )


@dangerous("wafv2-acl-blocks-outside-allow-list")
def a_rule_group_that_allows_everything(_clean):
    second_acl(using(rule_group().arn, 0))


@dangerous("wafv2-acl-blocks-outside-allow-list")
def a_rule_group_in_json_that_allows_everything(_clean):
    allow = {
        "Name": "all",
        "Priority": 0,
        "Action": {"Allow": {}},
        "Statement": {"GeoMatchStatement": {"CountryCodes": ["DE"]}},
    }
    second_acl(using(rule_group(rules=None, rules_json=json.dumps([allow])).arn, 0))


@dangerous("wafv2-acl-blocks-outside-allow-list")
def an_association_of_a_rule_group_that_allows_everything(_clean):
    aws.wafv2.WebAclRuleGroupAssociation(
        "associated",
        web_acl_arn=second_acl().arn,
        rule_name="group",
        priority=0,
        override_action="none",
        rule_group_reference={"arn": rule_group().arn},
    )


@dangerous("wafv2-acl-allows-last")
def a_rule_group_that_allows_before_the_rate_limit(_clean):
    strangers = acls.outside(acls.partners("more"))
    managed = [acls.managed(name, 3 + i) for i, name in enumerate(acls.GROUPS)]
    group = using(rule_group().arn, 1)
    second_acl(strangers, group, acls.rate(priority=2), *managed, default="allow")


@dangerous("wafv2-acl-blocks-outside-allow-list")
def a_rule_group_of_another_stack(_clean):
    second_acl(using(ACL_ARN.replace("webacl", "rulegroup"), 0))


@dangerous("wafv2-acl-counts-nothing")
def a_rule_group_that_counts(_clean):
    second_acl(using(rule_group(acls.rate(action={"count": {}})).arn, 0))


@dangerous("wafv2-acl-declares-its-ip-sets")
def a_rule_group_with_an_ip_set_of_another_stack(_clean):
    foreign = {"ip_set_reference_statement": {"arn": acls.arn_of("central")}}
    second_acl(using(rule_group(acls.rate(statement=foreign)).arn, 0))


@innocent
def a_rule_group_that_limits_the_rate(_clean):
    own = acls.partners("more")
    managed = [acls.managed(name, 3 + i) for i, name in enumerate(acls.GROUPS)]
    group = using(rule_group(acls.rate()).arn, 1)
    acl = second_acl(acls.outside(own), group, *managed, default="allow")
    aws.wafv2.WebAclLoggingConfiguration(
        "second-log",
        resource_arn=acl.arn,
        log_destination_configs=["arn:aws:logs:eu-central-1:000000000000:log-group:aws-waf-logs-x"],
        redacted_fields=[{"single_header": {"name": n}} for n in ("authorization", "cookie")],
    )


@dangerous("wafv2-acl-counts-nothing")
def a_rule_group_whose_rules_are_overridden(_clean):
    reference = using(rule_group(acls.rate()).arn, 0)
    reference["statement"]["rule_group_reference_statement"]["rule_action_overrides"] = [
        {"name": "rate", "action_to_use": {"count": {}}}
    ]
    second_acl(reference)


@dangerous("apigateway-deployment-follows-content")
def a_canary_with_an_old_deployment(clean):
    apis.stage_of(
        clean.api,
        "second",
        canary_settings={"deployment_id": "abc123", "percent_traffic": 100},
    )


def key_policy(key_id, **changes):
    statement = {"Effect": "Allow", "Principal": "*", "Action": "kms:*", "Resource": "*"}
    document = {"Version": "2012-10-17", "Statement": [statement | changes]}
    return aws.kms.KeyPolicy("key-policy", key_id=key_id, policy=json.dumps(document))


@dangerous("kms-signing-key-restricts-signers")
def a_key_policy_that_lets_every_principal_sign(clean):
    key_policy(clean.key.id)


@dangerous("kms-signing-key-restricts-signers")
def a_key_policy_that_lets_the_account_sign(clean):
    key_policy(clean.key.key_id, Principal={"AWS": "arn:aws:iam::000000000000:root"})


@dangerous("kms-signing-key-restricts-signers")
def a_key_policy_for_all_but_one_principal(clean):
    document = {
        "Statement": [
            {
                "Effect": "Allow",
                "NotPrincipal": {"AWS": "arn:aws:iam::000000000000:role/reader"},
                "Action": "kms:Sign",
                "Resource": "*",
            }
        ]
    }
    aws.kms.KeyPolicy("key-policy", key_id=clean.key.id, policy=json.dumps(document))


@dangerous("kms-signing-key-restricts-signers")
def a_key_policy_with_a_wildcard_inside_the_principal(clean):
    key_policy(clean.key.id, Principal={"AWS": "arn:aws:iam::*:root"}, Action="kms:Si?n")


@dangerous("kms-signing-key-restricts-signers")
def a_key_policy_with_a_wildcard_inside_the_action(clean):
    account = {"AWS": "arn:aws:iam::000000000000:root"}
    key_policy(clean.key.id, Principal=account, Action="kms:?ign")


@dangerous("kms-signing-key-restricts-signers")
def a_key_policy_for_all_actions_but_one(clean):
    document = {
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"AWS": "arn:aws:iam::000000000000:root"},
                "NotAction": "kms:Decrypt",
                "Resource": "*",
            }
        ]
    }
    aws.kms.KeyPolicy("key-policy", key_id=clean.key.id, policy=json.dumps(document))


def limited_by(condition):
    account, deny = by_hand.KEY_POLICY["Statement"]
    document = {"Statement": [account, deny | {"Condition": condition}]}
    return json.dumps(document)


@dangerous("kms-signing-key-restricts-signers")
def a_deny_that_a_further_condition_narrows(clean):
    condition = by_hand.KEY_POLICY["Statement"][1]["Condition"]
    policy = limited_by(condition | {"StringEquals": {"aws:SourceVpc": "vpc-1"}})
    aws.kms.KeyPolicy("key-policy", key_id=clean.key.id, policy=policy)


@dangerous("kms-signing-key-restricts-signers")
def a_deny_with_a_single_character_wildcard(clean):
    policy = limited_by({"ArnNotLike": {"aws:PrincipalArn": "arn:aws:iam::000000000000:role/????"}})
    aws.kms.KeyPolicy("key-policy", key_id=clean.key.id, policy=policy)


@dangerous("s3-truststore-blocks-public-access")
def a_bucket_policy_for_all_but_one_principal(_clean):
    statement = {
        "Effect": "Allow",
        "NotPrincipal": {"AWS": "arn:aws:iam::000000000000:role/reader"},
        "Action": "s3:PutObject",
        "Resource": f"{truststores.ARN}/*",
    }
    aws.s3.BucketPolicy("more", bucket=truststores.NAME, policy=truststores.document(statement))


@dangerous("kms-signing-key-restricts-signers")
def a_key_policy_by_the_text_of_the_key_id(_clean):
    key_policy("11111111-2222-3333-4444-555555555555")


def replica(clean, **changes):
    return aws.kms.ReplicaKey("replica", primary_key_arn=clean.key.arn, **changes)


@dangerous("kms-signing-key-restricts-signers")
def a_replica_of_the_signing_key_with_the_default_policy(clean):
    replica(clean)


@dangerous("kms-signing-key-restricts-signers")
def a_replica_of_the_signing_key_that_the_account_may_use(clean):
    replica(clean, policy=json.dumps({"Statement": [by_hand.KEY_POLICY["Statement"][0]]}))


@innocent
def a_replica_of_the_signing_key_with_the_same_policy(clean):
    replica(clean, policy=json.dumps(by_hand.KEY_POLICY))


@dangerous("kms-signing-key-restricts-signers")
def a_grant_for_a_foreign_account(clean):
    aws.kms.Grant(
        "grant",
        key_id=clean.key.id,
        grantee_principal="arn:aws:iam::999999999999:role/signer",
        operations=["Sign"],
    )


@innocent
def the_same_key_policy_as_a_resource_of_its_own(clean):
    aws.kms.KeyPolicy("key-policy", key_id=clean.key.id, policy=json.dumps(by_hand.KEY_POLICY))


@innocent
def a_signing_key_whose_only_policy_is_a_resource(_clean):
    key = aws.kms.Key("second", key_usage="SIGN_VERIFY", customer_master_key_spec="ECC_NIST_P256")
    aws.kms.KeyPolicy("key-policy", key_id=key.id, policy=json.dumps(by_hand.KEY_POLICY))


@innocent
def a_grant_to_verify(clean):
    aws.kms.Grant(
        "grant",
        key_id=clean.key.id,
        grantee_principal="arn:aws:iam::999999999999:role/reader",
        operations=["Verify", "GetPublicKey"],
    )


def permission(clean, **changes):
    return aws.lambda_.Permission(
        "second",
        **{
            "statement_id": "second",
            "action": "lambda:InvokeFunction",
            "function": clean.function.name,
        }
        | changes,
    )


@dangerous("lambda-permission-is-scoped")
def a_permission_for_a_foreign_account(clean):
    permission(clean, principal="999999999999")


@dangerous("lambda-permission-is-scoped")
def a_permission_for_a_foreign_role(clean):
    permission(clean, principal="arn:aws:iam::999999999999:role/minter")


@dangerous("lambda-permission-is-scoped")
def a_permission_for_a_service_of_all_accounts(clean):
    permission(clean, principal="cognito-idp.amazonaws.com")


@dangerous("lambda-permission-is-scoped")
def a_permission_for_a_service_and_every_source(clean):
    permission(clean, principal="events.amazonaws.com", source_arn="*")


@dangerous("lambda-permission-is-scoped")
def a_permission_for_a_source_in_any_account(clean):
    permission(
        clean, principal="events.amazonaws.com", source_arn="arn:aws:events:eu-central-1:*:rule/x"
    )


@innocent
def a_permission_for_a_rule_of_this_stack(clean):
    rule = aws.cloudwatch.EventRule("warm", schedule_expression="rate(5 minutes)")
    permission(clean, principal="events.amazonaws.com", source_arn=rule.arn)


@dangerous("lambda-permission-is-scoped")
def a_permission_for_a_bucket_whose_arn_names_no_account(clean):
    permission(clean, principal="s3.amazonaws.com", source_arn="arn:aws:s3:::uploads")


@innocent
def a_permission_for_a_bucket_of_this_stack(clean):
    bucket = aws.s3.Bucket("uploads", bucket="uploads")
    permission(clean, principal="s3.amazonaws.com", source_arn=bucket.arn)


@innocent
def a_permission_for_a_bucket_of_this_stack_by_name(clean):
    aws.s3.Bucket("uploads", bucket="uploads")
    permission(clean, principal="s3.amazonaws.com", source_arn="arn:aws:s3:::uploads")


@innocent
def a_permission_for_a_service_and_one_source(clean):
    permission(
        clean,
        principal="events.amazonaws.com",
        source_arn="arn:aws:events:eu-central-1:000000000000:rule/warm",
    )


@innocent
def a_permission_for_every_route_of_the_api(clean):
    source = pulumi.Output.concat(clean.api.execution_arn, "/*/*/*")
    permission(clean, principal="apigateway.amazonaws.com", source_arn=source)


@innocent
def a_permission_for_every_route_of_the_stage(clean):
    source = pulumi.Output.concat(clean.stage.execution_arn, "/*/*")
    permission(clean, principal="apigateway.amazonaws.com", source_arn=source)


@innocent
def a_permission_for_every_method_of_the_stage(clean):
    source = clean.stage.execution_arn.apply(lambda arn: f"{arn}*/*")
    permission(clean, principal="apigateway.amazonaws.com", source_arn=source)


def allow_list(*networks, name="wide"):
    return aws.wafv2.IpSet(
        name, scope="REGIONAL", ip_address_version="IPV4", addresses=list(networks)
    )


@dangerous("wafv2-ip-set-is-narrow")
def an_ip_set_of_many_networks(_clean):
    allow_list(*(f"{first}.0.0.0/8" for first in range(256)))


@dangerous("wafv2-ip-set-is-narrow")
def an_ip_set_of_many_narrow_networks(_clean):
    allow_list(*(f"{first}.{second}.0.0/16" for first in range(8) for second in range(256)))


@dangerous("wafv2-ip-set-is-narrow")
def many_ip_sets_of_one_web_acl(_clean):
    parts = [
        allow_list(*(f"{4 * part + i}.0.0.0/8" for i in range(4)), name=f"part-{part}")
        for part in range(4)
    ]
    sets = [{"ip_set_reference_statement": {"arn": part.arn}} for part in parts]
    second_acl(acls.inside(parts[0], statement={"or_statement": {"statements": sets}}))


@innocent
def an_ip_set_that_repeats_its_networks(_clean):
    allow_list("10.0.0.0/8", *(f"10.{second}.0.0/16" for second in range(256)))


def gateway_response(clean, template):
    aws.apigateway.Response(
        "response",
        rest_api_id=clean.api.id,
        response_type="DEFAULT_4XX",
        response_templates={"application/json": template},
    )


@dangerous("apigateway-token-stays-inside")
def a_gateway_response_with_the_token_in_brackets(clean):
    gateway_response(clean, '$context.authorizer["authorization"]')


@dangerous("apigateway-token-stays-inside")
def a_gateway_response_with_the_token_by_get(clean):
    gateway_response(clean, "$context.authorizer.get('authorization')")


@dangerous("apigateway-token-stays-inside")
def a_gateway_response_with_the_whole_context_of_the_authorizer(clean):
    gateway_response(clean, "#set($a = $context.authorizer)$a.authorization")


@dangerous("apigateway-token-stays-inside")
def an_integration_response_with_the_token(clean):
    aws.apigateway.IntegrationResponse(
        "response",
        rest_api=clean.api.id,
        resource_id="abc123",
        http_method="GET",
        status_code="200",
        response_parameters={"method.response.header.X-Token": "context.authorizer.authorization"},
    )


@innocent
def a_gateway_response_with_another_key_of_the_context(clean):
    gateway_response(clean, "$context.authorizer.client: $context.error.messageString")


def http_route(template):
    return apis.rest_api(
        (f"{apis.PROXY} type", "http"),
        (f"{apis.PROXY} requestTemplates", {"application/json": template}),
        name="second",
    )


@dangerous("apigateway-route-maps-authorization")
def a_request_template_that_overrides_authorization(_clean):
    http_route("#set($context.requestOverride.header.Authorization = $input.path('$.t'))")


@dangerous("apigateway-route-maps-authorization")
def a_request_template_that_overrides_a_computed_header(_clean):
    http_route('#set($o = $context.requestOverride)#set($o.header["Authorization"] = "x")')


@innocent
def a_request_template_that_overrides_the_path(_clean):
    http_route("#set($context.requestOverride.path.id = 'a')$input.json('$')")


@dangerous("apigateway-route-requires-authorizer")
def a_request_template_that_takes_the_path_from_the_request(_clean):
    http_route("#set($context.requestOverride.path.id = $input.path('$.id'))")


@dangerous("apigateway-route-requires-authorizer")
def a_request_template_that_puts_a_value_into_the_path(_clean):
    http_route("#set($context.requestOverride.path.id = \"a/$input.params('id')\")")


@dangerous("apigateway-route-requires-authorizer")
def a_request_template_that_overrides_the_path_in_brackets(_clean):
    http_route("#set($context.requestOverride.path['id'] = $input.params('id'))")


@dangerous("apigateway-route-requires-authorizer")
def a_request_template_that_overrides_the_path_by_a_method(_clean):
    http_route("#set($p = $context.requestOverride.path)$p.put('id', $input.params('id'))")


@dangerous("apigateway-route-requires-authorizer")
def a_request_template_that_overrides_by_the_whole_context(_clean):
    http_route("#set($c = $context)#set($o = $c.get('requestOverride'))")


def api_with(**changes):
    return aws.apigateway.RestApi(
        "second",
        **{
            "body": json.dumps(apis.BODY),
            "disable_execute_api_endpoint": True,
            "endpoint_configuration": {"types": "REGIONAL"},
            "fail_on_warnings": True,
        }
        | changes,
    )


@dangerous("apigateway-domain-uses-tls-1-2")
def an_api_with_an_old_security_policy(_clean):
    api_with(security_policy="TLS_1_0")


@dangerous("apigateway-domain-uses-tls-1-2")
def a_body_with_an_old_security_policy(_clean):
    apis.rest_api(("x-amazon-apigateway-security-policy", "TLS_1_0"), name="second")


@innocent
def an_api_with_tls_1_3(_clean):
    api_with(security_policy="SecurityPolicy_TLS13_1_3_2025_09")


@dangerous("apigateway-deployment-follows-content")
def a_deployment_with_a_literal_trigger(clean):
    aws.apigateway.Deployment(
        "second",
        rest_api=clean.api.id,
        triggers={"content": "d41d8cd98f00b204e9800998ecf8427e"},
    )


@innocent
def a_deployment_with_a_digest_of_the_body(clean):
    digest = hashlib.sha1(json.dumps(apis.BODY).encode()).hexdigest()  # noqa: S324 - a trigger
    aws.apigateway.Deployment("second", rest_api=clean.api.id, triggers={"content": digest})


@innocent
def a_deployment_with_a_computed_digest_of_the_body(clean):
    digest = pulumi.Output.json_dumps(clean.api.body).apply(
        lambda text: hashlib.sha256(text.encode()).hexdigest()
    )
    aws.apigateway.Deployment("second", rest_api=clean.api.id, triggers={"content": digest})


@dangerous("apigateway-domain-follows-truststore")
def a_literal_truststore_version(clean):
    aws.apigateway.DomainName(
        "second",
        domain_name="second.example.com",
        security_policy="TLS_1_2",
        endpoint_configuration={"types": "REGIONAL"},
        mutual_tls_authentication={
            "truststore_uri": clean.domain.mutual_tls_authentication["truststore_uri"],
            "truststore_version": "L4kqtJlcpXroDTDmpUMLUo",
        },
    )


@dangerous("pulumi-resource-is-readable")
def a_dynamic_provider(_clean):
    pulumi.CustomResource("pulumi-python:dynamic:Resource", "dynamic", {"__provider": "…"})


@dangerous("pulumi-resource-is-readable")
def a_dynamic_provider_with_a_child(_clean):
    parent = pulumi.CustomResource("pulumi-python:dynamic/x:Thing", "dynamic", {})
    child = pulumi.ResourceOptions(parent=parent)
    aws.cloudwatch.LogGroup("child", retention_in_days=30, opts=child)


@dangerous("pulumi-resource-is-readable")
def a_bridged_terraform_provider(_clean):
    pulumi.CustomResource("aws:index/apiGatewayStage:ApiGatewayStage", "bridged", {})


@dangerous("pulumi-resource-is-readable")
def a_bridged_provider_of_another_name(_clean):
    pulumi.CustomResource("terraform-aws:index/apiGatewayStage:ApiGatewayStage", "bridged", {})


@dangerous("pulumi-resource-is-readable")
def a_shell_command(_clean):
    pulumi.CustomResource("command:local:Command", "shell", {"create": "aws apigateway …"})


@dangerous("pulumi-resource-is-readable")
def a_component_in_another_language(_clean):
    pulumi.ComponentResource("aws-apigateway:index:RestAPI", "remote")


@innocent
def a_random_name(_clean):
    pulumi.CustomResource("random:index/randomId:RandomId", "suffix", {"byteLength": 4})


@innocent
def a_component_of_the_program(_clean):
    parent = pulumi.ComponentResource("shop:index:Logs", "logs")
    child = pulumi.ResourceOptions(parent=parent)
    aws.cloudwatch.LogGroup("child", retention_in_days=30, opts=child)


@dangerous("apigateway-route-validates-requests")
def a_validator_that_is_not_a_flag(_clean):
    apis.rest_api(
        ("x-amazon-apigateway-request-validators everything validateRequestBody", {}),
        name="second",
    )


@dangerous("apigateway-api-disables-default-endpoint")
def a_body_whose_endpoint_flag_is_a_list(_clean):
    configuration = {"disableExecuteApiEndpoint": []}
    apis.rest_api(("x-amazon-apigateway-endpoint-configuration", configuration), name="second")


@dangerous("wafv2-acl-limits-rate")
def a_rate_limit_without_a_window(_clean):
    limit = {"limit": 100, "aggregate_key_type": "IP", "evaluation_window_sec": 0}
    second_acl(acls.rate(statement={"rate_based_statement": limit}))


@dangerous("secrets-stay-out-of-properties")
def an_access_key(_clean):
    aws.iam.AccessKey("access", user="deployer")


@dangerous("secrets-stay-out-of-properties")
def a_private_key_in_the_state(_clean):
    pulumi.CustomResource("tls:index/privateKey:PrivateKey", "private", {"algorithm": "RSA"})


@dangerous("pulumi-resource-applies-changes")
def rules_of_a_web_acl_that_are_not_deployed(_clean):
    aws.wafv2.WebAcl(
        "second",
        scope="REGIONAL",
        default_action={"block": {}},
        rules=[acls.rate()],
        visibility_config=acls.VISIBILITY,
        opts=pulumi.ResourceOptions(ignore_changes=["rules"]),
    )


@dangerous("apigateway-endpoint-is-regional")
def a_private_api_beside_a_guarded_one(_clean):
    api_with(endpoint_configuration={"types": "PRIVATE"})


@innocent
def rules_of_a_web_acl_as_resources(_clean):
    acl = aws.wafv2.WebAcl(
        "second",
        scope="REGIONAL",
        default_action={"allow": {}},
        visibility_config=acls.VISIBILITY,
        opts=pulumi.ResourceOptions(ignore_changes=["rules"]),
    )
    aws.wafv2.WebAclLoggingConfiguration(
        "second-log",
        resource_arn=acl.arn,
        log_destination_configs=["arn:aws:logs:eu-central-1:000000000000:log-group:aws-waf-logs-x"],
        redacted_fields=[{"single_header": {"name": n}} for n in ("authorization", "cookie")],
    )
    for rule in [acls.outside(acls.partners("more")), acls.rate(), *acls.all_managed()]:
        aws.wafv2.WebAclRule(f"rule-{rule['priority']}", web_acl_arn=acl.arn, **rule)


@innocent
def web_acls_of_other_services(_clean):
    other_acl = {
        "default_action": {"allow": {}},
        "visibility_config": acls.VISIBILITY,
    }
    aws.wafv2.WebAcl("edge", scope="CLOUDFRONT", **other_acl)
    acl = aws.wafv2.WebAcl("graph", scope="REGIONAL", **other_acl)
    graph = aws.appsync.GraphQLApi("graph", authentication_type="AWS_IAM")
    aws.wafv2.WebAclAssociation("graph", resource_arn=graph.arn, web_acl_arn=acl.arn)


def backend(uri="https://backend.example.com/{resource}", **parameters):
    """A route whose mapped parameters have these sources; ``__`` stands for a dot."""
    mapped = {f"integration.request.{k.replace('__', '.')}": v for k, v in parameters.items()}
    return apis.rest_api(
        (f"{apis.PROXY} uri", uri),
        (f"{apis.PROXY} requestParameters", apis.HEADERS | mapped),
        name="second",
    )


@dangerous("apigateway-route-requires-authorizer")
def a_path_from_the_query_string(_clean):
    backend(path__resource="method.request.querystring.resource")


@dangerous("apigateway-route-requires-authorizer")
def a_path_from_a_header(_clean):
    backend(path__resource="method.request.header.X-Resource")


@dangerous("apigateway-route-requires-authorizer")
def a_path_from_the_body(_clean):
    backend(path__resource="method.request.body.resource")


@dangerous("apigateway-route-requires-authorizer")
def a_host_from_the_path(_clean):
    backend("https://{tenant}.example.com/", path__tenant="method.request.path.tenant")


@dangerous("apigateway-route-requires-authorizer")
def a_host_header_from_the_caller(_clean):
    backend("https://backend.example.com/", header__Host="method.request.header.X-Host")


@innocent
def a_path_from_the_path(_clean):
    backend(path__resource="method.request.path.resource")


@innocent
def a_path_of_constants_and_the_client(_clean):
    backend(
        "https://backend.example.com/{version}/{client}",
        path__version="'v2'",
        path__client="context.authorizer.clientId",
        querystring__page="method.request.querystring.page",
        header__Host="'shop.example.com'",
    )


@dangerous("apigateway-route-maps-authorization")
def a_header_of_several_values(_clean):
    source = "method.request.multivalueheader.Authorization"
    backend("https://backend.example.com/", multivalueheader__Authorization=source)


@dangerous("apigateway-token-stays-inside")
def a_token_in_the_query_string(_clean):
    backend("https://backend.example.com/", querystring__t="context.authorizer.authorization")


@dangerous("apigateway-token-stays-inside")
def a_token_in_the_path(_clean):
    backend(path__resource="context.authorizer.authorization")


def logged_to(clean, arn):
    settings = {"destination_arn": arn, "format": apis.ACCESS_LOG_FORMAT}
    apis.stage_of(clean.api, "second", access_log_settings=settings)


@dangerous("apigateway-stage-logs-access")
def an_access_log_of_another_account(clean):
    logged_to(clean, "arn:aws:logs:eu-central-1:999999999999:log-group:access")


@dangerous("apigateway-stage-logs-access")
def an_access_log_in_the_stream_of_another_account(clean):
    logged_to(clean, "arn:aws:firehose:eu-central-1:999999999999:deliverystream/access")


@dangerous("apigateway-stage-requires-web-acl")
def a_policy_of_firewall_manager(_clean):
    firewall_manager("WAFV2")


@innocent
def a_policy_of_firewall_manager_for_security_groups(_clean):
    firewall_manager("SECURITY_GROUPS_COMMON")


def firewall_manager(type_):
    aws.fms.Policy(
        "manager",
        exclude_resource_tags=False,
        remediation_enabled=True,
        resource_type="AWS::ApiGateway::Stage",
        security_service_policy_data={"type": type_, "managed_service_data": "{}"},
    )


def log_that_drops(requirement, *actions):
    acl = second_acl(
        acls.outside(acls.partners("more")), acls.rate(), *acls.all_managed(), default="allow"
    )
    conditions = [{"action_condition": {"action": action}} for action in actions]
    dropped = {"behavior": "DROP", "requirement": requirement, "conditions": conditions}
    acls.logged(
        acl, name="second-log", logging_filter={"default_behavior": "KEEP", "filters": [dropped]}
    )


@dangerous("wafv2-acl-logs")
def a_log_that_drops_what_is_blocked(_clean):
    log_that_drops("MEETS_ANY", "ALLOW", "BLOCK")


@innocent
def a_log_that_drops_what_is_allowed(_clean):
    log_that_drops("MEETS_ANY", "ALLOW", "COUNT")


def role_of_a_partner(**changes):
    trust = {"Effect": "Allow", "Principal": {"AWS": "999999999999"}, "Action": "sts:AssumeRole"}
    document = json.dumps({"Statement": [trust]})
    return aws.iam.Role("partner", name="partner", assume_role_policy=document, **changes)


def function_policy(role, action, name="authorizer"):
    arn = f"arn:aws:lambda:eu-central-1:000000000000:function:{name}"
    document = {"Statement": [{"Effect": "Allow", "Action": action, "Resource": arn}]}
    aws.iam.RolePolicy("calls", role=role.name, policy=json.dumps(document))


@dangerous("iam-role-trusts-named-principals")
def a_partner_s_role_that_invokes_the_authorizer(clean):
    permission(clean, principal=role_of_a_partner().arn)


@dangerous("iam-role-trusts-named-principals")
def a_partner_s_role_whose_policy_invokes_the_authorizer(_clean):
    function_policy(role_of_a_partner(), "lambda:Invoke*")


@dangerous("iam-role-trusts-named-principals")
def a_partner_s_role_that_changes_the_authorizer(_clean):
    function_policy(role_of_a_partner(), "lambda:UpdateFunctionCode")


@dangerous("iam-role-trusts-named-principals")
def a_partner_s_role_that_invokes_an_alias_by_a_pattern(_clean):
    function_policy(role_of_a_partner(), "lambda:InvokeFunction", "auth*:live")


@innocent
def a_partner_s_role_that_invokes_another_function(_clean):
    function_policy(role_of_a_partner(), "lambda:InvokeFunction", "orders*")


@dangerous("iam-role-trusts-named-principals")
def a_partner_s_role_that_assumes_one_that_invokes_the_authorizer(clean):
    role_of_a_partner()
    partner = {"AWS": "arn:aws:iam::000000000000:role/partner"}
    trust = {"Effect": "Allow", "Principal": partner, "Action": "sts:AssumeRole"}
    role = aws.iam.Role("caller", assume_role_policy=json.dumps({"Statement": [trust]}))
    permission(clean, principal=role.arn)


@innocent
def a_partner_s_role_that_reads_the_authorizer_s_configuration(_clean):
    function_policy(role_of_a_partner(), "lambda:GetFunctionConfiguration")


@innocent
def a_permission_for_a_role_of_the_stack(clean):
    trust = json.dumps(by_hand.TRUST)
    role = aws.iam.Role("warms", name="warms", assume_role_policy=trust)
    permission(clean, principal=role.arn)


@dangerous("kms-signing-key-restricts-signers")
def an_alias_of_the_authorizer_for_a_key_of_another_stack(_clean):
    aws.kms.Alias("signing", name="alias/example-signing", target_key_id="abcd-1234")


@innocent
def an_alias_of_another_key(_clean):
    aws.kms.Alias("data", name="alias/data", target_key_id="abcd-1234")


@dangerous("kms-signing-key-restricts-signers")
def a_signing_key_with_imported_material(_clean):
    aws.kms.ExternalKey(
        "second",
        key_usage="SIGN_VERIFY",
        key_spec="ECC_NIST_P256",
        policy=json.dumps(by_hand.KEY_POLICY),
    )


def second_stage_with_its_guards(clean, **settings):
    """``settings`` are of the provider of the web ACL association."""
    provider = aws.Provider("other", region="eu-central-1", **settings)
    stage = apis.stage_of(clean.api, "second")
    aws.apigateway.MethodSettings(
        "second-settings",
        rest_api=clean.api.id,
        stage_name=stage.stage_name,
        method_path="*/*",
        settings={
            "logging_level": "ERROR",
            "throttling_rate_limit": 10.0,
            "throttling_burst_limit": 5,
        },
    )
    acl = second_acl(
        acls.outside(acls.partners("more")), acls.rate(), *acls.all_managed(), default="allow"
    )
    acls.logged(acl, name="second-log")
    aws.wafv2.WebAclAssociation(
        "second",
        resource_arn=stage.arn,
        web_acl_arn=acl.arn,
        opts=pulumi.ResourceOptions(provider=provider),
    )


@innocent
def an_association_by_a_provider_of_its_own(clean):
    second_stage_with_its_guards(clean, default_tags={"tags": {"team": "security"}})


@dangerous("apigateway-stage-requires-web-acl")
def an_association_in_another_account(clean):
    role = {"role_arn": "arn:aws:iam::999999999999:role/deployer"}
    second_stage_with_its_guards(clean, assume_roles=[role])


@dangerous("apigateway-stage-requires-web-acl")
def an_association_in_an_emulator(clean):
    second_stage_with_its_guards(clean, endpoints=[{"wafv2": "http://localhost:4566"}])


@dangerous("kms-signing-key-restricts-signers")
def a_grant_for_the_account_of_another_provider(clean):
    aws.Provider("dns", allowed_account_ids=["000000000000", "999999999999"])
    root = "arn:aws:iam::999999999999:root"
    document = {"Effect": "Allow", "Principal": {"AWS": root}, "Action": "kms:*", "Resource": "*"}
    statements = [*by_hand.KEY_POLICY["Statement"], document]
    aws.kms.KeyPolicy(
        "key-policy", key_id=clean.key.id, policy=json.dumps({"Statement": statements})
    )


@innocent
def a_record_in_the_account_of_another_provider(_clean):
    dns = aws.Provider("dns", allowed_account_ids=["999999999999"])
    options = pulumi.ResourceOptions(provider=dns)
    record = {"zone_id": "Z1", "name": "api", "type": "A", "ttl": 60, "records": ["…"]}
    aws.route53.Record("api", **record, opts=options)


@innocent
def tags_that_other_tools_change(_clean):
    options = pulumi.ResourceOptions(ignore_changes=["tags.owner", 'tagsAll["cost"]'])
    aws.apigateway.ClientCertificate("second", opts=options)


def _ids(entries: list[Any]) -> list[str]:
    return [(entry[1] if isinstance(entry, tuple) else entry).__name__ for entry in entries]


@pytest.mark.parametrize(("rule", "line"), DANGEROUS, ids=_ids(DANGEROUS))
def test_a_dangerous_line_is_refused(judged, rule, line):
    assert rule in {v.rule for v in judged(lambda: line(by_hand.from_a_body()))}


@pytest.mark.parametrize("line", INNOCENT, ids=_ids(INNOCENT))
def test_an_innocent_line_passes(judged, line):
    assert judged(lambda: line(by_hand.from_a_body())) == ()


def policy_of_computed_arns():
    bucket = aws.s3.Bucket("assets", bucket="assets")
    document = {
        "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": [bucket.arn]}]
    }
    aws.iam.Policy("read", policy=pulumi.Output.json_dumps(document))
    user = aws.iam.User("reader")
    trust = {
        "Statement": [
            {"Effect": "Allow", "Principal": {"AWS": user.arn}, "Action": "sts:AssumeRole"}
        ]
    }
    aws.iam.Role("role", assume_role_policy=pulumi.Output.json_dumps(trust))


def private_api():
    api_with(endpoint_configuration={"types": "PRIVATE"})


def web_acl_of_cloudfront():
    acls.logged(acls.web_acl([acls.rate(), *acls.all_managed()], scope="CLOUDFRONT"))


def web_acl_of_appsync():
    acl = acls.web_acl([acls.rate(), *acls.all_managed()])
    acls.logged(acl)
    api = aws.appsync.GraphQLApi("graph", authentication_type="AWS_IAM")
    aws.wafv2.WebAclAssociation("association", resource_arn=api.arn, web_acl_arn=acl.arn)


def web_acl_whose_rules_are_resources():
    acl = aws.wafv2.WebAcl(
        "acl",
        scope="CLOUDFRONT",
        default_action={"allow": {}},
        visibility_config=acls.VISIBILITY,
        opts=pulumi.ResourceOptions(ignore_changes=["rules"]),
    )
    acls.logged(acl)
    for rule in [acls.rate(), *acls.all_managed()]:
        aws.wafv2.WebAclRule(f"rule-{rule['priority']}", web_acl_arn=acl.arn, **rule)


OTHER_PROGRAMS = [
    policy_of_computed_arns,
    private_api,
    web_acl_of_cloudfront,
    web_acl_of_appsync,
    web_acl_whose_rules_are_resources,
]


@pytest.mark.parametrize("program", OTHER_PROGRAMS, ids=_ids(OTHER_PROGRAMS))
def test_a_program_without_a_guarded_api_is_left_alone(judged, program):
    assert judged(program) == ()
