"""Statements and rules as a program writes them."""

NONE = [{"priority": 0, "type": "NONE"}]
ALLOWED = "arn:aws:wafv2:eu-central-1:111122223333:regional/ipset/allowed/1"
V6 = "arn:aws:wafv2:eu-central-1:111122223333:regional/ipset/v6/1"
MANY = "arn:aws:wafv2:eu-central-1:111122223333:regional/ipset/many/1"


def on(kind, field, transformations=NONE, **properties):
    block = {"fieldToMatch": field, "textTransformations": list(transformations), **properties}
    return {kind: block}


def contains(text, field, where="CONTAINS", transformations=NONE):
    return on(
        "byteMatchStatement",
        field,
        transformations,
        searchString=text,
        positionalConstraint=where,
    )


PATH = {"uriPath": {}}
QUERY = {"queryString": {}}
ARGUMENTS = {"allQueryArguments": {}}
BODY = {"body": {"oversizeHandling": "CONTINUE"}}


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


def managed(name, **properties):
    return {"managedRuleGroupStatement": {"vendorName": "AWS", "name": name, **properties}}


COMMON = "AWSManagedRulesCommonRuleSet"
INPUTS = "AWSManagedRulesKnownBadInputsRuleSet"
SQL = "AWSManagedRulesSQLiRuleSet"
