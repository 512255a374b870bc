"""Renders aws-models.md beside it: which requests and limits the judge by AWS's models knows.

Run after a change of portcullis/awsmodels/*.yaml: .venv/bin/python docs/policies/aws_models_page.py
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

from portcullis.awsmodels.limits import rows
from portcullis.awsmodels.requests import by_type
from portcullis.awsmodels.stack_limits import QUOTAS, UNIQUE

PAGE: Final = Path(__file__).with_name("aws-models.md")
COMMAND: Final = ".venv/bin/python docs/policies/aws_models_page.py"
HEAD: Final = """\
# What AWS would refuse

Before a deploy, every registered resource becomes the requests that the provider would send for it
(`CreateWebACL`, `PutRestApi`, `CreateFunction` …). Each request is held to AWS's own service
models, as botocore ships them: required members, types, lengths, ranges, enums and patterns. The
limits below are in no model; each names its AWS page. Values that a preview does not know yet are
skipped and counted. A resource type or a property without a row is a finding, because it was not
judged.

| where | what happens at a finding |
| --- | --- |
| `policies check` | a section in every report format, exit code 1; not with `--no-aws-models` |
| `up` | refused after the plan and after the deploy; nothing listens |
| `pulumi preview` on the stand-in provider | refused in the provider's check, at the property |

A finding names the resource with its line in the program, the property, the AWS operation and
member, what is wrong (with the offending characters of a pattern), and what AWS accepts. The tests
hold the same resources to CloudFormation's schemas too, by cfn-lint, in seven regions.

"""


def page() -> str:
    return HEAD + "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    yield "## Requests\n"
    yield "| resource type | AWS operations |"
    yield "| --- | --- |"
    for name, requests in sorted(by_type().items()):
        operations = dict.fromkeys(f"`{sent.operation}`" for sent in requests.sent)
        yield f"| `{name}` | {', '.join(operations)} |"
    yield "\n## Limits of one resource\n"
    yield "| resource type | property | accepted | source |"
    yield "| --- | --- | --- | --- |"
    for row in rows():
        types = "every type" if row.operation == "TagResource" else ", ".join(row.types)
        accepted = row.accepted.replace("|", r"\|")
        yield f"| {types} | `{row.property}` | {accepted} | {row.source} |"
    yield "\n## Limits of a stack\n"
    yield "| resource type | limit |"
    yield "| --- | --- |"
    for name, property_name in sorted(UNIQUE.items()):
        yield f"| {name} | `{property_name}` is unique in the account and region |"
    for name, (limit, source) in sorted(QUOTAS.items()):
        yield f"| {name} | at most {limit:,} ({source}) |"
    yield "| aws:wafv2/webAclAssociation:WebAclAssociation | one web ACL on a stage |"
    yield "| aws:apigateway/basePathMapping:BasePathMapping | one mapping of a domain and path |"
    yield "| aws:apigateway/usagePlanKey:UsagePlanKey | one usage plan of a key and stage |"
    yield "| aws:lambda/function:Function | SnapStart only in regions that have it |"
    yield "| every type | ARNs name the partition of their region |"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
