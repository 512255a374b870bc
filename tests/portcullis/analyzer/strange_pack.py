"""A small strange pack: the harness must not depend on ours."""

import textwrap
from pathlib import Path

from portcullis.graph.resource import Graph, Resource, SourcePosition

PACK_YAML = "name: strange\nruntime: python\nversion: 0.0.1\n"
PACK = """
from pulumi_policy import *

def reads(args, report):
    if args.resource_type == "test:index:Thing" and args.props["size"] == "big":
        report("is big", None)

def present(args, report):
    if "colour" not in args.props:
        report("has no colour", None)

def crowded(args, report):
    limit = args.get_config()["limit"]
    for resource in args.resources:
        users = [r for r in args.resources if resource in r.property_dependencies.get("owner", [])]
        if len(users) > limit:
            report(f"owns {len(users)}", resource.urn)

def breaks(args, report):
    if args.name == "breaker":
        raise ValueError("the rule is broken")

PolicyPack("strange", enforcement_level=EnforcementLevel.MANDATORY, policies=[
    ResourceValidationPolicy("reads-size", "Things are small.", reads),
    ResourceValidationPolicy("has-colour", "Things have a colour.", present,
        enforcement_level=EnforcementLevel.ADVISORY, severity=Severity.LOW,
        remediation_steps="paint it", url="https://example.com/colour"),
    StackValidationPolicy("not-crowded", "Nobody owns too much.", crowded,
        config_schema=PolicyConfigSchema({"limit": {"type": "integer", "default": 1}})),
    ResourceValidationPolicy("breaks", "Breaks on one name.", breaks),
])
"""


def write_pack(folder: Path, program: str, project: str = PACK_YAML) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "PulumiPolicy.yaml").write_text(project)
    (folder / "__main__.py").write_text(textwrap.dedent(program))
    return folder


def thing(name: str, *, owner: str | None = None, **inputs: object) -> Resource:
    return Resource(
        urn=urn(name),
        type="test:index:Thing",
        name=name,
        inputs={"size": "small", "colour": "red"} | inputs,
        outputs={"size": "small", "colour": "red"} | inputs,
        property_dependencies={"owner": (urn(owner),)} if owner else {},
        source=SourcePosition(path="__main__.py", line=7),
    )


def urn(name: str) -> str:
    return f"urn:pulumi:dev::shop::test:index:Thing::{name}"


def graph(*resources: Resource) -> Graph:
    return Graph(project="shop", stack="dev", resources=resources)
