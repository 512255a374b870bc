"""Further dangerous lines of each kind, in other spellings and by other resources, in one table."""

import json

import pulumi
import pulumi_aws as aws
import pytest
from pulumi import Output, ResourceOptions

from tests.policies import acls, apis, by_hand, truststores
from tests.policies.added_lines import rules_that_refuse

OWN, OTHER = "000000000000", "999999999999"
ACL = f"arn:aws:wafv2:eu-central-1:{OWN}:regional/webacl/acl/1"
READABLE = "pulumi-resource-is-readable"
MAPPING = "apigateway-mapping-leads-to-guarded-stage"
STAGE_ACL = "apigateway-stage-requires-web-acl"
FIRST = "wafv2-acl-blocks-outside-allow-list"
LAST = "wafv2-acl-allows-last"
IP_SET = "wafv2-ip-set-is-narrow"
HEADER = "apigateway-route-maps-authorization"
ROUTE = "apigateway-route-requires-authorizer"
CACHE = "apigateway-authorizer-cache-is-certificate-bound"
TOKEN = "apigateway-token-stays-inside"
FRESH = "apigateway-deployment-follows-content"
TRUST = "apigateway-domain-follows-truststore"
SIGNERS = "kms-signing-key-restricts-signers"
INVOKERS = "lambda-permission-is-scoped"
DECLARED = "apigateway-authorizer-is-declared"
FRONT = "apigateway-backend-has-no-other-front"
PRINCIPALS = "iam-role-trusts-named-principals"
BUCKET = "s3-truststore-blocks-public-access"
WHOLE = "lambda-authorizer-is-self-contained"
PERMITS = {"Effect": "Allow", "Resource": "*"}


def mapped(**ends):
    def line(clean):
        own = {
            "domain_name": clean.domain.domain_name,
            "rest_api": clean.api.id,
            "stage_name": clean.stage.stage_name,
        }
        own |= {key: end(clean) if callable(end) else end for key, end in ends.items()}
        aws.apigateway.BasePathMapping(
            "second", **own, opts=ResourceOptions(depends_on=clean.guards, protect=True)
        )

    return line


def in_a_component(clean):
    parent = pulumi.ComponentResource("shop:index:Legacy", "legacy")
    aws.apigateway.BasePathMapping(
        "second",
        domain_name="legacy.example.com",
        rest_api=clean.api.id,
        stage_name=clean.stage.stage_name,
        opts=ResourceOptions(parent=parent, aliases=[pulumi.Alias(name="mapping")]),
    )


def associated(arn):
    return lambda clean: aws.wafv2.WebAclAssociation(
        "second",
        resource_arn=arn(clean),
        web_acl_arn=ACL,
        opts=ResourceOptions(import_=f"{ACL},x", deleted_with=clean.stage),
    )


def manager(**changes):
    own = {"exclude_resource_tags": False, "security_service_policy_data": {"type": "WAFV2"}}
    return lambda _clean: aws.fms.Policy("manager", **own | changes)


def shield(*rules, default="allow"):
    """A second stage behind a web ACL with these rules first."""

    def line(clean):
        common = [acls.outside(acls.partners("more")), acls.rate(), *acls.all_managed()]
        acl = aws.wafv2.WebAcl(
            "second",
            scope="REGIONAL",
            default_action={default: {}},
            visibility_config=acls.VISIBILITY,
            rules=[*(rule() for rule in rules), *common],
        )
        aws.wafv2.WebAclAssociation(
            "second", resource_arn=apis.stage_of(clean.api, "second").arn, web_acl_arn=acl.arn
        )

    return line


def first(statement, action="allow"):
    return {
        "name": "first",
        "priority": -1,
        "action": {action: {}},
        "statement": statement,
        "visibility_config": acls.VISIBILITY,
    }


PATH = {
    "byte_match_statement": {
        "field_to_match": {"uri_path": {}},
        "positional_constraint": "STARTS_WITH",
        "search_string": "/",
        "text_transformations": [{"priority": 0, "type": "NONE"}],
    }
}


def not_in_an_ip_set():
    reference = {"ip_set_reference_statement": {"arn": acls.partners("others").arn}}
    return first({"not_statement": {"statements": [reference]}})


def own_rule(kind, **changes):
    def line(_clean):
        own = {"web_acl_arn": ACL, "priority": 0}
        kind("opens", **own | changes)

    return line


def addresses(*networks, version="IPV4"):
    return lambda _clean: aws.wafv2.IpSet(
        "wide", scope="REGIONAL", ip_address_version=version, addresses=list(networks)
    )


def body(*changes):
    return lambda _clean: apis.rest_api(*changes, name="second")


def template(text):
    return body((f"{apis.PROXY} type", "http"), (f"{apis.PROXY} requestTemplates", {"a/b": text}))


def headers(**changes):
    given = {f"integration.request.{key}": value for key, value in changes.items()}
    return body((f"{apis.PROXY} requestParameters", apis.HEADERS | given))


def cached_by(source, seconds=300):
    return body(
        (f"{apis.AUTHORIZER} authorizerResultTtlInSeconds", seconds),
        (f"{apis.AUTHORIZER} identitySource", source),
    )


def calls(uri):
    return body((apis.PROXY, {"type": "aws", "uri": uri, "requestParameters": apis.HEADERS}))


def mock(text):
    responses = {"default": {"responseTemplates": {"application/json": text}}}
    return body((apis.PROXY, {"type": "mock", "responses": responses}))


def deployed(triggers):
    return lambda clean: aws.apigateway.Deployment(
        "second", rest_api=clean.api.id, triggers=triggers(clean)
    )


def domain(version):
    return lambda clean: aws.apigateway.DomainName(
        "second",
        domain_name="second.example.com",
        mutual_tls_authentication={
            "truststore_uri": f"s3://{truststores.NAME}/ca.pem",
            "truststore_version": version(clean),
        },
    )


def key_policy(statement, *others):
    document = {"Statement": [statement, *others]}
    return lambda clean: aws.kms.KeyPolicy(
        "second", key_id=clean.key.arn, policy=json.dumps(document)
    )


def deny(**changes):
    account, limit = by_hand.KEY_POLICY["Statement"]
    return key_policy(account, limit | changes)


def permission(**changes):
    def line(clean):
        own = {"action": "lambda:InvokeFunction", "function": clean.function.name}
        aws.lambda_.Permission("second", **own | changes)

    return line


def resource(type_):
    return lambda _clean: pulumi.CustomResource(type_, "odd", {})


def called_by_variable(value, *function):
    """A route whose function is a stage variable, or ends with one."""

    def line(clean):
        uri = "".join((INVOKED, *function, "${stageVariables.fn}/invocations"))
        api = apis.rest_api(
            (f"{apis.PROXY} type", "aws"), (f"{apis.PROXY} uri", uri), name="second"
        )
        apis.stage_of(api, "v2", variables={"fn": value})

    return line


def behind_a_link(*, shared):
    """An open API and a guarded one, each behind a VPC link of its own."""

    def line(clean):
        balancers = [aws.lb.LoadBalancer(name, load_balancer_type="network") for name in "ab"]
        other = aws.apigateway.RestApi("open")
        place = {"rest_api": other.id, "resource_id": other.root_resource_id, "http_method": "GET"}
        aws.apigateway.Method("second", **place, authorization="NONE")
        routes = [(clean.api, clean.api.root_resource_id), (other, other.root_resource_id)]
        for index, (api, path) in enumerate(routes):
            target = balancers[0 if shared else index].arn
            link = aws.apigateway.VpcLink(f"link-{index}", target_arn=target)
            aws.apigateway.Integration(
                f"linked-{index}",
                rest_api=api.id,
                resource_id=path,
                http_method="GET",
                type="HTTP_PROXY",
                connection_type="VPC_LINK",
                connection_id=link.id,
                uri=f"https://{index}.internal/",
                request_parameters=apis.HEADERS,
            )

    return line


def distribution(host):
    behavior = {
        "allowed_methods": ["GET"],
        "cached_methods": ["GET"],
        "target_origin_id": "backend",
        "viewer_protocol_policy": "https-only",
    }
    return lambda _clean: aws.cloudfront.Distribution(
        "second",
        enabled=True,
        origins=[{"domain_name": host, "origin_id": "backend"}],
        default_cache_behavior=behavior,
        restrictions={"geo_restriction": {"restriction_type": "none"}},
        viewer_certificate={"cloudfront_default_certificate": True},
    )


def graph(**source):
    def line(_clean):
        api = aws.appsync.GraphQLApi("graph", authentication_type="API_KEY")
        aws.appsync.DataSource("second", api_id=api.id, **source)

    return line


def behind_a_balancer(function):
    def line(clean):
        group = aws.lb.TargetGroup("group", target_type="lambda")
        service = "elasticloadbalancing.amazonaws.com"
        permission(function=function, principal=service, source_arn=group.arn)(clean)

    return line


def partner(*, managed=(), service=None, condition=None, statements=()):
    """A role that another account, or a service for others, assumes."""
    who = {"Service": service} if service else {"AWS": OTHER}
    trust = {"Effect": "Allow", "Principal": who, "Action": "sts:AssumeRole"}
    if condition:
        trust["Condition"] = {"StringEquals": condition}
    inline = [{"name": "own", "policy": json.dumps({"Statement": list(statements)})}]
    return lambda _clean: aws.iam.Role(
        "second",
        name="second",
        assume_role_policy=json.dumps({"Statement": [trust]}),
        inline_policies=inline if statements else None,
        managed_policy_arns=[f"arn:aws:iam::aws:policy/{name}" for name in managed],
    )


def bucket_policy(service, **condition):
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": service},
        "Action": "s3:PutObject",
        "Resource": f"{truststores.ARN}/*",
    }
    if condition:
        statement["Condition"] = {"StringEquals": condition}
    text = truststores.document(truststores.TLS_ONLY, statement)
    return lambda _clean: aws.s3.BucketPolicy("second", bucket=truststores.NAME, policy=text)


def copied(source, **bucket):
    """A truststore that is a copy of another object."""

    def line(clean):
        if bucket:
            aws.s3.Bucket("source", **bucket)
        copy = aws.s3.ObjectCopy("copy", bucket=truststores.NAME, key="new.pem", source=source)
        domain(lambda _: copy.version_id)(clean)

    return line


AUTHORIZERS = f"{OWN}:function:authorizer"
AUTHORIZER = f"arn:aws:lambda:eu-central-1:{AUTHORIZERS}"
INVOKED = "arn:aws:apigateway:eu-central-1:lambda:path/2015-03-31/functions/"
CHANGES = PERMITS | {"Action": "lambda:UpdateFunctionCode", "Resource": AUTHORIZER}
ANYWHERE = "rolesanywhere.amazonaws.com"
DANGEROUS = {
    "mapping by apply": (
        MAPPING,
        mapped(domain_name=lambda c: c.domain.domain_name.apply("legacy.{}".format)),
    ),
    "mapping of two texts": (MAPPING, mapped(rest_api="abc", stage_name="stage")),
    "mapping in a component": (MAPPING, in_a_component),
    "association, imported": (STAGE_ACL, associated(lambda c: c.stage.arn)),
    "Firewall Manager": (STAGE_ACL, manager(resource_type="AWS::ApiGateway::Stage")),
    "Firewall Manager, a list": (
        STAGE_ACL,
        manager(resource_type_lists=["AWS::CloudFront::Distribution", "AWS::ApiGateway::Stage"]),
    ),
    "Firewall Manager, classic": (
        STAGE_ACL,
        manager(
            resource_type="AWS::ApiGateway::Stage", security_service_policy_data={"type": "WAF"}
        ),
    ),
    "a path is allowed first": (LAST, shield(lambda: first(PATH))),
    "a network's number is allowed first": (
        LAST,
        shield(lambda: first({"asn_match_statement": {"asn_lists": [1]}})),
    ),
    "what is not in an IP set": (FIRST, shield(not_in_an_ip_set, default="block")),
    "a captcha first": (FIRST, shield(lambda: first(PATH, "captcha"))),
    "a rule of a web ACL by text": (
        FIRST,
        own_rule(
            aws.wafv2.WebAclRule,
            action={"allow": {}},
            statement=PATH,
            visibility_config=acls.VISIBILITY,
        ),
    ),
    "a rule group of a web ACL by text": (
        FIRST,
        own_rule(
            aws.wafv2.WebAclRuleGroupAssociation,
            rule_name="opens",
            rule_group_reference={"arn": ACL.replace("webacl", "rulegroup")},
        ),
    ),
    "eight networks of /8": (IP_SET, addresses(*(f"{n}.0.0.0/8" for n in range(8)))),
    "half of IPv6": (IP_SET, addresses("2000::/3", version="IPV6")),
    "a network with a leading zero": (IP_SET, addresses("010.0.0.0/8")),
    "template: brackets": (HEADER, template("#set($context['requestOverride'].header.a = 1)")),
    "template: another name": (HEADER, template("#set($c = $context)")),
    "template: formal": (
        HEADER,
        template("#set(${context.requestOverride.header.Authorization} = 1)"),
    ),
    "template: put": (HEADER, template("$context.requestOverride.header.put('a', 'b')")),
    "template: path": (ROUTE, template("#set($context.requestOverride.path.a = $input.path('b'))")),
    "header of the caller": (
        HEADER,
        headers(**{"header.authorization": "method.request.header.authorization"}),
    ),
    "headers of the caller": (
        HEADER,
        headers(**{"multivalueheader.Authorization": "method.request.header.A"}),
    ),
    "header as a constant": (HEADER, headers(**{"header.Authorization": "'Bearer a'"})),
    "host of the caller": (ROUTE, headers(**{"header.Host": "method.request.header.A"})),
    "token in the URL": (
        TOKEN,
        headers(**{"querystring.a": "context.authorizer.authorization"}),
    ),
    "token in a mock answer": (TOKEN, mock("$context.authorizer.authorization")),
    "cache: another case": (CACHE, cached_by("context.identity.clientcert.clientCertPem")),
    "cache: a part": (CACHE, cached_by("context.identity.clientCert.clientCertPem.x")),
    "cache: two that repeat": (
        CACHE,
        cached_by("context.identity.clientCert.issuerDN,context.identity.clientCert.serialNumber"),
    ),
    "cache: a text of seconds": (CACHE, cached_by("method.request.header.A", "300")),
    "authorizer in another region": (
        DECLARED,
        body(
            (
                f"{apis.AUTHORIZER} authorizerUri",
                apis.AUTHORIZER_URI.replace("eu-central-1", "us-east-1"),
            )
        ),
    ),
    "KMS signs": (TOKEN, calls("arn:aws:apigateway:eu-central-1:kms:action/Sign")),
    "the authorizer in a stage variable": (TOKEN, called_by_variable(AUTHORIZER)),
    "the authorizer's name in a stage variable": (
        TOKEN,
        called_by_variable("authorizer", AUTHORIZER.removesuffix("authorizer")),
    ),
    "token in the URL by a template": (
        TOKEN,
        template(
            "#set($context.requestOverride.querystring.a = $context.authorizer.authorization)"
        ),
    ),
    "an open API before the same balancer": (ROUTE, behind_a_link(shared=True)),
    "CloudFront before the backend": (FRONT, distribution("backend.example.com")),
    "AppSync before the backend": (
        FRONT,
        graph(type="HTTP", http_config={"endpoint": "https://backend.example.com"}),
    ),
    "AppSync before the authorizer": (
        FRONT,
        graph(type="AWS_LAMBDA", lambda_config={"function_arn": AUTHORIZER}),
    ),
    "a load balancer before the authorizer": (INVOKERS, behind_a_balancer("authorizer")),
    "a partner with a policy of AWS": (PRINCIPALS, partner(managed=["AmazonS3FullAccess"])),
    "a partner that invokes every function": (
        PRINCIPALS,
        partner(managed=["service-role/AWSLambdaRole"]),
    ),
    "holders of any certificate": (PRINCIPALS, partner(service=ANYWHERE, statements=[CHANGES])),
    "a service for every account": (BUCKET, bucket_policy("logging.s3.amazonaws.com")),
    "a truststore of another bucket": (TRUST, copied("elsewhere/ca.pem")),
    "a pipe to the authorizer": (
        WHOLE,
        lambda _: aws.pipes.Pipe(
            "second",
            source="arn:aws:sqs:eu-central-1:000000000000:mint",
            enrichment=AUTHORIZER,
            target="arn:aws:sqs:eu-central-1:000000000000:tokens",
            role_arn=by_hand.ROLE,
        ),
    ),
    "trigger: the API's id": (FRESH, deployed(lambda c: {"content": c.api.id})),
    "trigger: the root's id": (FRESH, deployed(lambda c: {"content": c.api.root_resource_id})),
    "trigger: a constant by apply": (
        FRESH,
        deployed(lambda c: {"content": c.api.id.apply(lambda _: "1")}),
    ),
    "version by apply": (TRUST, domain(lambda c: c.api.id.apply(lambda _: "v1"))),
    "signers: by service": (
        SIGNERS,
        key_policy(
            PERMITS
            | {
                "Principal": "*",
                "Action": "kms:Sign",
                "Condition": {"StringEquals": {"kms:ViaService": "s3.amazonaws.com"}},
            }
        ),
    ),
    "signers: not one action": (
        SIGNERS,
        key_policy(PERMITS | {"Principal": {"AWS": OTHER}, "NotAction": "kms:Decrypt"}),
    ),
    "signers: deny with like": (
        SIGNERS,
        deny(Condition={"ArnNotLike": {"aws:PrincipalArn": f"arn:aws:iam::{OWN}:*"}}),
    ),
    "signers: deny another key": (
        SIGNERS,
        deny(Condition={"ArnNotEquals": {"aws:SourceArn": by_hand.ROLE}}),
    ),
    "invokers: a partial ARN": (INVOKERS, permission(function=AUTHORIZERS, principal=OTHER)),
    "invokers: a URL": (
        INVOKERS,
        permission(action="lambda:InvokeFunctionUrl", principal="*", function_url_auth_type="NONE"),
    ),
    "invokers: an organisation": (INVOKERS, permission(principal="*", principal_org_id="o-1")),
    "a product": (READABLE, resource("aws:servicecatalog/provisionedProduct:ProvisionedProduct")),
    "instances of a stack set": (
        READABLE,
        resource("aws:cloudformation/stackInstances:StackInstances"),
    ),
    "a new type of REST APIs": (READABLE, resource("aws:apigateway/gateway:Gateway")),
    "a new type of HTTP APIs": (READABLE, resource("aws:apigatewayv2/portal:Portal")),
    "a new type of AWS WAF": (READABLE, resource("aws:wafv2/webAclBypass:WebAclBypass")),
    "a bridged component": (READABLE, resource("aws:index:Thing")),
    "a dynamic provider in TypeScript": (READABLE, resource("pulumi-nodejs:dynamic:Resource")),
    "another provider's permission": (READABLE, resource("aws-native:lambda:Permission")),
}


@pytest.mark.parametrize(("rule", "line"), DANGEROUS.values(), ids=DANGEROUS)
def test_a_further_line_of_a_kind_is_refused(rule, line):
    assert rule in rules_that_refuse(line)


INNOCENT = {
    "trigger: the body": deployed(lambda c: {"content": c.api.body}),
    "trigger: a digest and a counter": deployed(lambda _: {"content": apis.DIGEST, "again": "3"}),
    "trigger: body and function": deployed(
        lambda c: {
            "content": Output.all(c.api.body, c.function.arn).apply(lambda _: apis.DIGEST),
        }
    ),
    "Firewall Manager for CloudFront": manager(resource_type="AWS::CloudFront::Distribution"),
    "a rule of a web ACL of CloudFront": own_rule(
        aws.wafv2.WebAclRule,
        web_acl_arn=f"arn:aws:wafv2:us-east-1:{OWN}:global/webacl/site/1",
        action={"allow": {}},
        statement=PATH,
        visibility_config=acls.VISIBILITY,
    ),
    "CloudFront before a site": distribution("www.example.net"),
    "AppSync before another function": graph(
        type="AWS_LAMBDA", lambda_config={"function_arn": AUTHORIZER.replace("authorizer", "graph")}
    ),
    "a load balancer before another function": behind_a_balancer("site"),
    "a partner that reads": partner(managed=["ReadOnlyAccess", "SecurityAudit"]),
    "the holder of one certificate": partner(
        service=ANYWHERE,
        statements=[CHANGES],
        condition={"aws:PrincipalTag/x509Subject/CN": "deployer.example.com"},
    ),
    "holders of any certificate that read": partner(
        service=ANYWHERE, statements=[PERMITS | {"Action": "s3:GetObject", "Resource": "arn:a"}]
    ),
    "a service for the own account": bucket_policy(
        "logging.s3.amazonaws.com", **{"aws:SourceAccount": OWN}
    ),
    "a mock answer": mock('{"status": "up"}'),
    "a bucket of the account": permission(
        principal="s3.amazonaws.com", source_arn="arn:aws:s3:::own", source_account=OWN
    ),
}


@pytest.mark.parametrize("line", INNOCENT.values(), ids=INNOCENT)
def test_an_innocent_line_like_it_passes(line):
    assert rules_that_refuse(line) == set()


@pytest.mark.parametrize(
    ("rule", "line"),
    [
        (TOKEN, called_by_variable(AUTHORIZER.replace("authorizer", "orders"))),
        (ROUTE, behind_a_link(shared=False)),
    ],
    ids=["another function in a stage variable", "an open API before another balancer"],
)
def test_a_line_like_it_is_not_refused_by_that_rule(rule, line):
    assert rule not in rules_that_refuse(line)


@pytest.mark.parametrize(
    ("source", "bucket", "trusted"),
    [
        ("own-certificates/ca.pem", {"bucket": "own-certificates"}, []),
        ("arn:aws:s3:::elsewhere/ca.pem", {}, [("buckets", "elsewhere")]),
    ],
    ids=["declared", "trusted"],
)
def test_a_truststore_may_be_a_copy_of_what_is_declared_or_trusted(source, bucket, trusted):
    line = copied(source, **bucket)
    assert TRUST not in rules_that_refuse(line, *trusted)


def test_a_web_acl_that_is_trusted_may_get_a_rule():
    _, line = DANGEROUS["a rule of a web ACL by text"]
    assert rules_that_refuse(line, ("webAcls", ACL)) == set()
