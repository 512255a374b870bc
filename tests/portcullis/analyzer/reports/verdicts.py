"""Two verdicts for the tests of this folder: one with every status, one without violations."""

from dataclasses import replace

from portcullis.analyzer import Level, PackRule, Trusted, Verdict, Violation, Waived
from portcullis.analyzer.reports.subject import Subject
from portcullis.awsmodels.finding import FaultKind, ModelFinding, ModelJudgement
from portcullis.graph.resource import Resource, SourcePosition

SUBJECT = Subject(project="shop", stack="dev", semantics="preview")


def rule(name: str, **changes) -> PackRule:
    return replace(
        PackRule(
            name=name,
            description=f"Claim of {name}.",
            level=Level.MANDATORY,
            severity="high",
            remediation=f"mend {name}",
            url=f"https://example.com/{name}",
            tags=("apigateway", "Checkov CKV_AWS_1"),
        ),
        **changes,
    )


def violation(name: str, **changes) -> Violation:
    return replace(
        Violation(
            rule=name,
            resource_urn="urn:pulumi:dev::shop::aws:apigateway/stage:Stage::live",
            resource_name="live",
            level=Level.MANDATORY,
            severity="high",
            message="live: stands in the open.",
            remediation=f"mend {name}",
            url=f"https://example.com/{name}",
            source=SourcePosition(path="components/a page.py", line=12),
        ),
        **changes,
    )


WAIVED = Waived(
    rule="waived-rule-here",
    resource_urn="urn:pulumi:dev::shop::aws:apigateway/restApi:RestApi::api",
    resource_name="api",
    expires="2027-05-31",
    owner="platform-team",
    reason="It is <tried> out & thrown away.",
    source=None,
)
VERDICT = Verdict(
    pack="portcullis",
    rules=(
        rule("advised-rule-here", level=Level.ADVISORY, severity="low"),
        rule("disabled-rule-here", level=Level.DISABLED),
        rule("quiet-rule-here", remediation="", url="", severity=""),
        rule("violated-rule-here", severity="critical"),
        rule("waived-rule-here"),
    ),
    violations=(
        violation("advised-rule-here", level=Level.ADVISORY, source=None),
        violation("violated-rule-here"),
    ),
    waived=(WAIVED,),
    version="1.2.3",
)
CLEAN = Verdict(pack="portcullis", rules=(rule("quiet-rule-here"),), violations=())

CONFIGURED = replace(
    CLEAN,
    rules=(rule("quiet-rule-here"), rule("silent-rule-here")),
    trusted=(
        Trusted(
            kind="webAcls",
            name="arn:aws:wafv2:…:regional/webacl/central/1",
            owner="security-team",
            reason="One <web ACL> for all & everybody.",
            resource_urn="urn:pulumi:dev::shop::aws:wafv2/webAclAssociation:WebAclAssociation::a",
            resource_name="a",
            source=SourcePosition(path="a page.py", line=3),
        ),
    ),
    not_applicable={"silent-rule-here": "no API of the stack is behind mutual TLS"},
)

MODELS = ModelJudgement(
    findings=(
        ModelFinding(
            resource=Resource(
                urn="urn:pulumi:dev::shop::aws:wafv2/webAcl:WebAcl::acl",
                name="acl",
                type="aws:wafv2/webAcl:WebAcl",
                source=SourcePosition(path="components/waf.py", line=7),
            ),
            path="description",
            operation="wafv2:CreateWebACL",
            member="Description",
            kind=FaultKind.PATTERN,
            because="'a; b' does not match; offending: ';'",
            accepted="the pattern ^x$",
            source="botocore 1.44.5",
        ),
    ),
    resources=1,
    requests=1,
    values=4,
    unknown_values=2,
)
