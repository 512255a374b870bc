"""Rules, actions, labels, groups and overrides, and what a blocked caller gets."""

import json

import pytest

from portcullis.gateway.exchange import Layer
from portcullis.gateway.resources.unsupported import UnsupportedError
from portcullis.gateway.waf.labels import label_is, label_is_in
from portcullis.gateway.waf.managed import GROUPS

PREFIX = "awswaf:111122223333:webacl:shield:"
GROUP_ARN = "arn:aws:wafv2:eu-central-1:111122223333:regional/rulegroup/mine/1"


def path_is(text):
    return {
        "byteMatchStatement": {
            "searchString": text,
            "positionalConstraint": "CONTAINS",
            "fieldToMatch": {"uriPath": {}},
            "textTransformations": [{"priority": 0, "type": "NONE"}],
        }
    }


def rule(name, priority, action="block", statement=None, **properties):
    written = {action: {}} if isinstance(action, str) else action
    return {
        "name": name,
        "priority": priority,
        "action": written,
        "statement": statement or path_is(name),
        **properties,
    }


def group_rule(name, priority, statement, override="none", **properties):
    return {
        "name": name,
        "priority": priority,
        "overrideAction": {override: {}},
        "statement": statement,
        **properties,
    }


def labelled(key, scope="LABEL"):
    return {"labelMatchStatement": {"scope": scope, "key": key}}


def test_the_lowest_priority_decides_whatever_the_order_of_writing(web_acl, request_of):
    acl = web_acl(rule("pet", 2, "block"), rule("pets", 1, "allow"))
    verdict = acl.evaluate(request_of("/pets"))
    assert (verdict.allowed, verdict.rule) == (True, "pets")


def test_counting_goes_on_to_the_next_rule(web_acl, request_of):
    verdict = web_acl(rule("pet", 1, "count"), rule("pets", 2)).evaluate(request_of("/pets"))
    assert (verdict.allowed, verdict.rule, verdict.counted) == (False, "pets", ("pet",))


@pytest.mark.parametrize(("default", "allowed"), [("allow", True), ("block", False)])
def test_without_a_match_the_default_action_decides(web_acl, request_of, default, allowed):
    acl = web_acl(rule("other", 1), defaultAction={default: {}})
    verdict = acl.evaluate(request_of("/pets"))
    assert (verdict.allowed, verdict.rule) == (allowed, "Default_Action")


def test_a_label_is_seen_by_later_rules_only(web_acl, request_of):
    sets = rule("pets", 1, "count", ruleLabels=[{"name": "team:pets"}])
    reads = rule("reads", 2, statement=labelled("team:pets"))
    assert not web_acl(sets, reads).evaluate(request_of("/pets")).allowed
    assert web_acl(sets, reads).evaluate(request_of("/dogs")).allowed
    before = {**reads, "priority": 0}
    assert web_acl(sets, before).evaluate(request_of("/pets")).allowed


@pytest.mark.parametrize(
    ("label", "key", "expected"),
    [
        (PREFIX + "a:b:name", "name", True),
        (PREFIX + "a:b:name", "b:name", True),
        (PREFIX + "a:b:name", PREFIX + "a:b:name", True),
        (PREFIX + "a:b:name", "a:b", False),
        (PREFIX + "a:b:name", "ame", False),
        (PREFIX + "a:b:name", "Name", False),
        ("awswaf:managed:aws:x:name", "name", False),
        ("awswaf:managed:aws:x:name", "awswaf:managed:aws:x:name", True),
    ],
)
def test_a_label_matches_by_its_end_or_as_a_whole(label, key, expected):
    assert label_is(label, key, PREFIX) is expected


@pytest.mark.parametrize(
    ("label", "key", "expected"),
    [
        (PREFIX + "a:b:name", "a:", True),
        (PREFIX + "a:b:name", "a:b:", True),
        (PREFIX + "a:b:name", "b:", True),
        (PREFIX + "a:b:name", "name:", False),
        (PREFIX + "ba:name", "a:", False),
        (PREFIX + "a:b:name", PREFIX + "a:", True),
        ("awswaf:managed:aws:x:name", "aws:", False),
        ("awswaf:managed:aws:x:name", "awswaf:managed:aws:x:", True),
    ],
)
def test_a_namespace_matches_within_the_label(label, key, expected):
    assert label_is_in(label, key, PREFIX) is expected


# Rule groups


@pytest.fixture
def grouped(good, web_acl):
    """A rule group of the graph, referenced by one rule of the web ACL and followed by others."""

    def compiled(*rules, then=(), override="none", **reference):
        good.add(
            "group",
            "aws:wafv2/ruleGroup:RuleGroup",
            arn=GROUP_ARN,
            name="mine",
            capacity=50,
            rules=list(rules),
            customResponseBodies=[{"key": "no", "contentType": "TEXT_PLAIN", "content": "no pets"}],
        )
        statement = {"ruleGroupReferenceStatement": {"arn": GROUP_ARN, **reference}}
        return web_acl(group_rule("group", 1, statement, override), *then)

    return compiled


def test_a_group_blocks_with_its_own_rules_and_is_named(grouped, request_of):
    verdict = grouped(rule("pets", 1)).evaluate(request_of("/pets"))
    assert (verdict.allowed, verdict.rule) == (False, "group/pets")


def test_a_group_that_only_counts_labels_and_lets_pass(grouped, request_of):
    labelling = rule("pets", 1, ruleLabels=[{"name": "seen"}])
    then = rule("then", 2, statement=labelled("awswaf:111122223333:rulegroup:mine:seen"))
    verdict = grouped(labelling, override="count", then=[then]).evaluate(request_of("/pets"))
    assert (verdict.rule, verdict.counted) == ("then", ("group",))
    assert verdict.labels == ("awswaf:111122223333:rulegroup:mine:seen",)


def test_one_rule_of_a_group_can_be_overridden(grouped, request_of):
    override = [{"name": "pets", "actionToUse": {"count": {}}}]
    acl = grouped(rule("pets", 1), rule("dogs", 2), ruleActionOverrides=override)
    assert acl.evaluate(request_of("/pets")).allowed
    assert not acl.evaluate(request_of("/dogs")).allowed


def test_a_label_without_prefix_means_the_group_of_the_rule_that_asks(grouped, request_of):
    labelling = rule("pets", 1, "count", ruleLabels=[{"name": "seen"}])
    inside = rule("inside", 2, statement=labelled("seen"))
    assert not grouped(labelling, inside).evaluate(request_of("/pets")).allowed
    outside = rule("outside", 2, statement=labelled("seen"))
    assert grouped(labelling, then=[outside]).evaluate(request_of("/pets")).allowed


def test_each_use_of_a_group_counts_rates_for_itself(good, web_acl, request_of):
    rate = {"rateBasedStatement": {"limit": 10, "evaluationWindowSec": 60}}
    good.add(
        "group",
        "aws:wafv2/ruleGroup:RuleGroup",
        arn=GROUP_ARN,
        name="mine",
        rules=[rule("rate", 1, statement=rate)],
    )
    reference = {"ruleGroupReferenceStatement": {"arn": GROUP_ARN}}
    acl = web_acl(group_rule("one", 1, reference), group_rule("two", 2, reference))
    assert [acl.evaluate(request_of()).allowed for _ in range(11)] == [True] * 10 + [False]


# Managed groups


def managed(name, **properties):
    return {"managedRuleGroupStatement": {"vendorName": "AWS", "name": name, **properties}}


COMMON = "AWSManagedRulesCommonRuleSet"
INPUTS = "AWSManagedRulesKnownBadInputsRuleSet"
SQL = "AWSManagedRulesSQLiRuleSet"
AGENT = (("User-Agent", "curl/8"),)


@pytest.mark.parametrize(
    ("group", "changes", "expected"),
    [
        (COMMON, {"headers": ()}, "NoUserAgent_HEADER"),
        (COMMON, {"headers": (("User-Agent", "sqlmap/1.7"),)}, "UserAgent_BadBots_HEADER"),
        (COMMON, {"target": "/?q=" + "x" * 2047}, "SizeRestrictions_QUERYSTRING"),
        (COMMON, {"body": b"x" * 8193}, "SizeRestrictions_BODY"),
        (COMMON, {"target": "/" + "x" * 1024}, "SizeRestrictions_URIPATH"),
        (COMMON, {"target": "/?u=http://169.254.169.254/"}, "EC2MetaDataSSRF_QUERYARGUMENTS"),
        (COMMON, {"target": "/a/%2e%2e/b"}, "GenericLFI_URIPATH"),
        (COMMON, {"target": "/?f=../../etc/passwd"}, "GenericLFI_QUERYARGUMENTS"),
        (COMMON, {"target": "/db.sql"}, "RestrictedExtensions_URIPATH"),
        (COMMON, {"body": b"see ftp://192.0.2.1/x"}, "GenericRFI_BODY"),
        (COMMON, {"body": b"<script>alert(1)</script>"}, "CrossSiteScripting_BODY"),
        (INPUTS, {"headers": (*AGENT, ("X", "${jndi:ldap://x}"))}, "Log4JRCE_HEADER"),
        (INPUTS, {"target": "/?x=${${lower:j}ndi:x}"}, "Log4JRCE_QUERYSTRING"),
        (INPUTS, {"method": "PROPFIND"}, "PROPFIND_METHOD"),
        (INPUTS, {"target": "/.git/config"}, "ExploitablePaths_URIPATH"),
        (SQL, {"target": "/?id=1%27%20or%20%271%27=%271"}, "SQLi_QUERYARGUMENTS"),
        (SQL, {"body": b"x' union all select 1"}, "SQLi_BODY"),
        ("AWSManagedRulesLinuxRuleSet", {"target": "/proc/version"}, "LFI_URIPATH"),
        (
            "AWSManagedRulesUnixRuleSet",
            {"target": "/?x=echo%20$HOME"},
            "UNIXShellCommandsVariables_QUERYARGUMENTS",
        ),
        (
            "AWSManagedRulesAdminProtectionRuleSet",
            {"target": "/sqlmanager"},
            "AdminProtection_URIPATH",
        ),
    ],
)
def test_a_managed_group_finds_aws_published_examples(
    web_acl, request_of, group, changes, expected
):
    acl = web_acl(group_rule("managed", 1, managed(group)))
    verdict = acl.evaluate(request_of(**{"headers": AGENT, **changes}))
    assert (verdict.allowed, verdict.rule) == (False, f"managed/{expected}")
    assert verdict.labels[-1].startswith("awswaf:managed:aws:")


@pytest.mark.parametrize(
    "changes",
    [
        {"target": "/"},
        {"target": "/pets?type=dog&page=2"},
        {"target": "/pets/42"},
        {"target": "/.well-known/jwks.json"},
        {"method": "POST", "body": b'{"type": "O\'Brien\'s dog & cat", "price": 12.5}'},
    ],
)
def test_ordinary_calls_pass_every_managed_group(web_acl, request_of, changes):
    acl = web_acl(*(group_rule(g, n, managed(g)) for n, g in enumerate(GROUPS)))
    verdict = acl.evaluate(request_of(**{"headers": AGENT, **changes}))
    assert (verdict.allowed, verdict.rule) == (True, "Default_Action")


def test_a_managed_rule_can_be_overridden_and_its_label_stays(web_acl, request_of):
    override = [{"name": "NoUserAgent_HEADER", "actionToUse": {"count": {}}}]
    acl = web_acl(group_rule("m", 1, managed(COMMON, ruleActionOverrides=override)))
    verdict = acl.evaluate(request_of())
    assert verdict.allowed
    assert verdict.labels == ("awswaf:managed:aws:core-rule-set:NoUserAgent_Header",)


def test_a_managed_group_can_be_narrowed(web_acl, request_of):
    narrowed = managed(COMMON, scopeDownStatement=path_is("/only"))
    acl = web_acl(group_rule("m", 1, narrowed))
    assert acl.evaluate(request_of("/pets")).allowed
    assert not acl.evaluate(request_of("/only")).allowed


# Answers to blocked callers, and headers for passed ones


def test_a_custom_response_goes_before_the_gateway_response(start, good):
    good.body["x-amazon-apigateway-gateway-responses"] = {"WAF_FILTERED": {"statusCode": "418"}}
    block = {
        "customResponse": {
            "responseCode": 429.0,
            "customResponseBodyKey": "slow",
            "responseHeaders": [{"name": "x-reason", "value": "rate"}],
        }
    }
    good.rules(
        rule("pets", 1, {"block": block}),
        rule("keys", 2),
        customResponseBodies=[
            {"key": "slow", "contentType": "APPLICATION_JSON", "content": '{"slow":true}'}
        ],
    )
    laptop = start(good)
    response = laptop.call()
    assert (response.status, json.loads(response.body)) == (429, {"slow": True})
    assert ("x-reason", "rate") in response.headers
    assert (response.layer, response.reason) == (Layer.WEB_ACL, "pets")
    assert laptop.call("/keys").status == 418


def test_inserted_headers_reach_the_backend_under_aws_prefix(start, good):
    insert = {"insertHeaders": [{"name": "seen", "value": "yes"}]}
    good.rules(rule("pets", 1, {"allow": {"customRequestHandling": insert}}))
    laptop = start(good)
    laptop.call()
    assert laptop.upstream.last.all("x-amzn-waf-seen") == ["yes"]


# AWS's own JSON


def test_rules_may_be_written_in_aws_json(web_acl, request_of):
    arn = "arn:aws:wafv2:eu-central-1:111122223333:regional/ipset/v6/1"
    written = [
        {
            "Name": "only",
            "Priority": 0,
            "Action": {"Block": {}},
            "Statement": {"NotStatement": {"Statement": {"IPSetReferenceStatement": {"ARN": arn}}}},
            "VisibilityConfig": {"MetricName": "m"},
        },
        {
            "Name": "common",
            "Priority": 1,
            "OverrideAction": {"None": {}},
            "Statement": {
                "ManagedRuleGroupStatement": {
                    "VendorName": "AWS",
                    "Name": COMMON,
                    "ScopeDownStatement": {
                        "SizeConstraintStatement": {
                            "ComparisonOperator": "GT",
                            "Size": 0,
                            "FieldToMatch": {
                                "Cookies": {
                                    "MatchPattern": {"All": {}},
                                    "MatchScope": "ALL",
                                    "OversizeHandling": "MATCH",
                                }
                            },
                            "TextTransformations": [{"Priority": 0, "Type": "NONE"}],
                        }
                    },
                }
            },
        },
    ]
    acl = web_acl(ruleJson=json.dumps(written))
    assert acl.evaluate(request_of(source_ip="192.0.2.1")).rule == "only"
    assert acl.evaluate(request_of(source_ip="::1")).allowed
    cookie = (("Cookie", "a=1"),)
    assert acl.evaluate(request_of(source_ip="::1", headers=cookie)).rule.startswith("common/")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", "not JSON"),
        ("{}", "a list of rules"),
        ('[{"name": 1}]', "AWS's API"),
        ('[{"Statement": {"ByteMatchStatement": {"SearchString": "x"}}}]', "base64"),
    ],
)
def test_aws_json_that_cannot_be_read_stops_the_start(web_acl, text, words):
    with pytest.raises(UnsupportedError, match=words):
        web_acl(ruleJson=text)


# What stops the start

BODY_LIMIT = {"requestBodies": [{"apiGateway": {"defaultSizeInspectionLimit": "KB_8"}}]}


@pytest.mark.parametrize(
    ("rules", "properties", "words"),
    [
        ([rule("a", 1), rule("b", 1)], {}, "priority 1"),
        ([rule("a", 1, "captcha")], {}, "captcha"),
        ([rule("a", 1, "challenge")], {}, "challenge"),
        ([rule("a", 1, {"block": {}, "allow": {}})], {}, "one action"),
        ([{**rule("a", 1), "action": None}], {}, "no action"),
        ([rule("a", 1, surprise=1)], {}, "surprise"),
        ([rule("a", 1, {"block": {"customResponse": {"responseCode": 403,
            "customResponseBodyKey": "x"}}})], {}, "key 'x'"),
        ([group_rule("g", 1, managed("AWSManagedRulesBotControlRuleSet"))], {}, "BotControl"),
        ([group_rule("g", 1, {"managedRuleGroupStatement": {"vendorName": "Acme", "name": "x"}})],
            {}, "Acme/x"),
        ([group_rule("g", 1, managed(COMMON, managedRuleGroupConfigs=[{"a": {}}]))], {},
            "managedRuleGroupConfigs"),
        ([group_rule("g", 1, managed(COMMON, ruleActionOverrides=[
            {"name": "Typo", "actionToUse": {"count": {}}}]))], {}, "no rule 'Typo'"),
        ([group_rule("g", 1, {"ruleGroupReferenceStatement": {"arn": "arn:gone"}})], {}, "gone"),
        ([{**group_rule("g", 1, managed(COMMON)), "overrideAction": None}], {}, "overrideAction"),
        ([], {"scope": "CLOUDFRONT"}, "REGIONAL"),
        ([], {"defaultAction": {}}, "one action"),
        ([], {"associationConfig": BODY_LIMIT}, "KB_8"),
    ],
)  # fmt: skip
def test_a_web_acl_that_cannot_be_evaluated_stops_the_start(web_acl, rules, properties, words):
    with pytest.raises(UnsupportedError, match=words):
        web_acl(*rules, **properties)
