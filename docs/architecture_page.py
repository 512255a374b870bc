"""Renders the folder table of architecture.md beside it: what each folder holds and may import.

Run after a change of the table: .venv/bin/python docs/architecture_page.py
tests/test_architecture.py compares the table with the imports in the code.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

PAGE: Final = Path(__file__).with_name("architecture.md")
BEGIN: Final = "<!-- folders: begin -->\n"
END: Final = "<!-- folders: end -->"
COMMAND: Final = ".venv/bin/python docs/architecture_page.py"


@dataclass(frozen=True, kw_only=True)
class Room:
    """A package or module. ``imports`` names other rooms, or single modules of one."""

    holds: str
    imports: frozenset[str] = frozenset()


def _room(holds: str, *imports: str) -> Room:
    return Room(holds=holds, imports=frozenset(imports))


_GATEWAY = "portcullis.gateway"
ROOMS: Final = {
    "__main__": _room(
        "the program: settings in, GuardedApi, outputs out",
        "components",
        "portcullis.analyzer",  # the program judges itself
        "portcullis.program",
        "portcullis.settings",
    ),
    "bootstrap": _room(
        "the program of the CI roles, and the least rights of a deployer",
        "components.arn",
        "portcullis.errors",
        "portcullis.settings.name_prefix",
    ),
    "components": _room(
        "GuardedApi, and what it composes: MtlsDomain, WafShield, JwtAuthorizer, ContractApi, "
        "Observability; the sample's PetStoreApi; the OpenAPI body; the Lambda zip; the component "
        "package for other languages",
        "portcullis.contract",
        "portcullis.package",
        "portcullis.errors",
        "portcullis.files",
        "portcullis.managed_rules",
        "portcullis.pki",
        "portcullis.registry",
        "authorizer.metrics",  # the alarms watch the metrics of the function's log lines
        "authorizer.policy",  # the packaging refuses what the function cannot write into a policy
        "authorizer.revocations",  # the packaging writes the tables that the function reads
        "authorizer.usage",  # the deploy makes the API keys that the function answers with
        "portcullis.yaml_table",
    ),
    "authorizer": _room("exactly what goes into the Lambda zip"),
    "policies": _room("the CrossGuard pack, one rule per file"),
    "portcullis.program": _room(
        "what GuardedApi gets from the settings and from earlier versions of the program",
        "components",
        "portcullis.sample",
        "portcullis.settings",
    ),
    "portcullis.__main__": _room("`python -m portcullis`", "portcullis.cli"),
    "portcullis.cli": _room(
        "the `portcullis` command, one file per command group",
        "authorizer.origin",  # a renewed certificate is revoked with its line
        "authorizer.policy",  # a contract is checked by the policies that the function writes
        "authorizer.reasons",
        "portcullis.acceptance",
        "portcullis.analyzer",
        "portcullis.awsmodels",
        "portcullis.bounded_http",
        "portcullis.contract",
        "portcullis.doctor",
        "portcullis.errors",
        "portcullis.explain",
        "portcullis.graph",
        "portcullis.inspector",
        "portcullis.laptop",
        "portcullis.managed_rules",
        "portcullis.package",
        "portcullis.picture",
        "portcullis.pki",
        "portcullis.recordings",
        "portcullis.registry",
        "portcullis.sample",
        "portcullis.settings",
        "portcullis.waf_trials",
        f"{_GATEWAY}.waf",
    ),
    "portcullis.waf_trials": _room(
        "the web ACL tested with written requests and with AWS WAF's log",
        "portcullis.acceptance",
        "portcullis.errors",
        "portcullis.explain",
        f"{_GATEWAY}.exchange",
        f"{_GATEWAY}.waf",
        "portcullis.managed_rules",
    ),
    "portcullis.contract": _room(
        "the OpenAPI contract: reads it, and refuses what API Gateway cannot import",
        "portcullis.errors",
        "portcullis.yaml_nodes",
    ),
    "portcullis.doctor": _room(
        "checks before a deploy: toolchain, settings, files, the AWS account",
        f"{_GATEWAY}.waf.libinjection",  # whether it is installed
        "portcullis.laptop.ports",
        "portcullis.pki",
        "portcullis.registry",
        "portcullis.settings",
    ),
    "portcullis.explain": _room(
        "from the log lines of a call to its gate, cause and fix",
        "components.log_groups",
        "portcullis.errors",
        "portcullis.pki.identifiers",
        f"{_GATEWAY}.exchange",
        f"{_GATEWAY}.gates",
    ),
    "portcullis.inspector": _room(
        "the page on loopback with live calls: each with its gates, times, certificate and fix",
        "portcullis.errors",
        "portcullis.explain",
        f"{_GATEWAY}.edge",
        f"{_GATEWAY}.exchange",
        f"{_GATEWAY}.gates",
        "portcullis.pki",
    ),
    "portcullis.laptop": _room(
        "starts and stops the whole chain: plan, processes, ports, control socket; serves an "
        "exported stack",
        "authorizer.policy",  # how many scopes a demo client can have
        "portcullis.analyzer",
        "portcullis.awsmodels",
        "portcullis.contract",
        "portcullis.errors",
        f"{_GATEWAY}.edge",
        f"{_GATEWAY}.emulator",
        f"{_GATEWAY}.exchange",
        f"{_GATEWAY}.functions",
        f"{_GATEWAY}.gateway",
        f"{_GATEWAY}.processes",
        f"{_GATEWAY}.resources",
        f"{_GATEWAY}.waf.libinjection",  # whether it is installed
        "portcullis.files",
        "portcullis.graph",
        "portcullis.managed_rules",
        "portcullis.package",
        "portcullis.pki",
        "portcullis.registry",
        "portcullis.sample",
        "portcullis.settings",
    ),
    "portcullis.acceptance": _room(
        "the attack matrix: the same cases against a laptop or AWS",
        "portcullis.contract",
        "portcullis.errors",
        "portcullis.pki",
        "portcullis.recordings",
        "portcullis.registry",
    ),
    "portcullis.awsmodels": _room(
        "AWS's own models as a judge of a graph; a table of limits that no model holds",
        "portcullis.graph.resource",
        "portcullis.yaml_table",
    ),
    "portcullis.analyzer": _room(
        "drives a policy pack through its Analyzer service; reports; the proof",
        "portcullis.awsmodels",
        "portcullis.errors",
        "portcullis.graph",
        "portcullis.package",
        "portcullis.settings.engine_yaml",
    ),
    f"{_GATEWAY}.gateway": _room(
        "one stage of the graph, ready to answer requests",
        f"{_GATEWAY}.exchange",
        f"{_GATEWAY}.gates",
        f"{_GATEWAY}.resources",
        f"{_GATEWAY}.waf",
        "portcullis.graph",
    ),
    f"{_GATEWAY}.gates": _room(
        "the gates of API Gateway in AWS's order, one per module",
        f"{_GATEWAY}.exchange",
        f"{_GATEWAY}.resources",
        f"{_GATEWAY}.waf",
        "portcullis.graph",
        "portcullis.yaml_table",
    ),
    f"{_GATEWAY}.waf": _room(
        "the web ACL: statements, rules, managed groups, rate limits",
        f"{_GATEWAY}.exchange",
        f"{_GATEWAY}.resources",
        "portcullis.graph",
    ),
    f"{_GATEWAY}.functions": _room(
        "the function's zip behind a Runtime API",
        f"{_GATEWAY}.exchange",
        f"{_GATEWAY}.processes",
        f"{_GATEWAY}.resources",
        "portcullis.errors",
    ),
    f"{_GATEWAY}.emulator": _room(
        "the moto server: KMS, DynamoDB, S3",
        f"{_GATEWAY}.processes",
        "portcullis.errors",
    ),
    f"{_GATEWAY}.processes": _room(
        "child processes: started, health-checked, restarted, ended",
        f"{_GATEWAY}.edge.upstream",  # the health check speaks HTTP
        f"{_GATEWAY}.exchange",
        "portcullis.errors",
    ),
    f"{_GATEWAY}.edge": _room(
        "sockets: TLS, HTTP/1.1, the connection pool to the backend",
        f"{_GATEWAY}.exchange",
        f"{_GATEWAY}.resources",
        "portcullis.errors",
    ),
    f"{_GATEWAY}.resources": _room(
        "the gateway's model of the graph: API, stage, domain, function",
        "portcullis.errors",
        "portcullis.graph",
        "portcullis.yaml_table",
    ),
    f"{_GATEWAY}.exchange": _room("request and response as values"),
    "portcullis.graph.resource": _room("a resource and a graph of them, as values"),
    "portcullis.graph": _room(
        "the resource graph: from a run in process, from `pulumi up` with the stand-in, from "
        "`pulumi stack export`",
        "portcullis.errors",
        "portcullis.graph.resource",
        "portcullis.package",
        "portcullis.settings",
        "portcullis.standin",
    ),
    "portcullis.standin": _room(
        "what AWS would answer to a deploy and what it would refuse, in process and as a plugin",
        "portcullis.awsmodels",
        "portcullis.errors",
        "portcullis.graph.resource",
        "portcullis.pki.credential",
        "portcullis.pki.gateway_certificate",  # what API Gateway would generate for a backend
        "portcullis.yaml_table",
    ),
    "portcullis.settings": _room(
        "StackSettings: every setting, typed, validated, with default and reason; stack files; "
        "the only code that reads configuration",
        "portcullis.errors",
        "portcullis.managed_rules",
        "portcullis.pki",
        "portcullis.sample",
        "portcullis.yaml_nodes",
    ),
    "portcullis.registry": _room(
        "who may call and what was revoked, in `clients.<stack>.yaml`, in the table and in "
        "revocation lists: read, checked, changed",
        "authorizer.certificate",  # it says what the function will say
        "authorizer.decision",
        "authorizer.event",
        "authorizer.reasons",
        "authorizer.issuer_keys",  # it writes the table that the function reads
        "authorizer.item_keys",
        "authorizer.revocations",
        "portcullis.bounded_http",
        "portcullis.errors",
        "portcullis.files",
        "portcullis.pki",
    ),
    "portcullis.renewal": _room(
        "the Lambda function that renews client certificates, in a zip with the authorizer",
        # It decides by the code of the authorizer.
        "authorizer.aws_json",
        "authorizer.certificate",
        "authorizer.config",
        "authorizer.decision",
        "authorizer.endpoint",
        "authorizer.event",
        "authorizer.item_keys",
        "authorizer.origin",
        "authorizer.policy",
        "authorizer.reasons",
        "authorizer.registry",
        "authorizer.revocations",
        "authorizer.sources",
        "portcullis.errors",
        "portcullis.pki",
    ),
    "portcullis.pki": _room(
        "authorities, certificates, PFX, revocation, truststore lint",
        "authorizer.certificate",  # it accepts the hashes and keys that the function accepts
        "authorizer.issuer_keys",
        "authorizer.key_strength",
        "portcullis.errors",
        "portcullis.files",
    ),
    "portcullis.recordings": _room(
        "reads the recorded answers of a stack, for the attack matrix",
        "portcullis.errors",
    ),
    "portcullis.picture": _room(
        "draws a stack's gates, routes, scopes and backends as SVG or Mermaid",
        "portcullis.graph.resource",
    ),
    "portcullis.sample": _room("the sample: its contract, its backend, from its own folder"),
    "portcullis.petstore": _room("the sample backend, which verifies the JWT", "portcullis.errors"),
    "portcullis.managed_rules": _room(
        "rules of AWS's managed groups that may have exceptions, and their labels"
    ),
    "portcullis.yaml_nodes": _room("YAML to nodes and values, for stack files and contracts"),
    "portcullis.bounded_http": _room("one HTTP call that ends by a deadline"),
    "portcullis.files": _room("replaces a file whole, and locks a folder for one writer"),
    "portcullis.yaml_table": _room(
        "reads the table of a module from a YAML file", "portcullis.yaml_nodes"
    ),
    "portcullis.package": _room("the version, and the name that child processes start with"),
    "portcullis.errors": _room("the exit codes and the root of every error of ours"),
}


def table() -> str:
    """The folder table, in Markdown."""
    rows = ["| folder | holds | imports of ours |", "| --- | --- | --- |"]
    rows += [
        f"| `{_path(name)}` | {room.holds} | {_imports(room)} |" for name, room in ROOMS.items()
    ]
    return "\n".join(rows) + "\n"


def render(page: str) -> str:
    """The page with a current table."""
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise SystemExit(f"{PAGE} has no {BEGIN.strip()} with {END} after it: put them back.")
    return f"{before}{begin}_Generated by `{COMMAND}`._\n\n{table()}\n{end}{after}"


def _path(name: str) -> str:
    path = PAGE.parents[1].joinpath(*name.split("."))
    return name.replace(".", "/") + ("/" if path.is_dir() else ".py")


def _imports(room: Room) -> str:
    return ", ".join(f"`{name.removeprefix('portcullis.')}`" for name in sorted(room.imports)) or (
        "nothing"
    )


def main() -> None:
    PAGE.write_text(render(PAGE.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
