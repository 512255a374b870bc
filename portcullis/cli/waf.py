"""`portcullis waf`: test a stack's web ACL with written requests, and with yesterday's log."""

import json
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape

from portcullis.cli.options import AsJson, Project, Settings, Stack, command_group
from portcullis.cli.output import print_json
from portcullis.cli.setting_option import read_settings
from portcullis.errors import ExitCode, PortcullisError
from portcullis.gateway.waf.libinjection import injection_matches
from portcullis.gateway.waf.web_acl import WEB_ACL, WebAcl, web_acls
from portcullis.graph.in_process import record
from portcullis.graph.resource import Graph
from portcullis.managed_rules import BODY_SIZE
from portcullis.pki.certificate_text import printable
from portcullis.settings.project import find_project, load_stack_config
from portcullis.settings.stack_settings import StackSettings
from portcullis.waf_trials.examples import examples
from portcullis.waf_trials.replay import ReplayedCall, replay
from portcullis.waf_trials.run import RuleCoverage, TrialResult, coverage, run
from portcullis.waf_trials.trial_file import ALLOW, read_trials

SHOWN_CALLS = 20  # of each rule

app = command_group(
    "Test the web ACL of a stack like code. Managed rule groups are approximations."
)


@app.command("test")
def try_files(
    files: Annotated[list[Path], typer.Argument(metavar="FILES", help="Trials, YAML.")],
    *,
    complete: Annotated[
        bool, typer.Option("--complete", help="Fail for a rule without a hit and a miss.")
    ] = False,
    stack: Stack = "local",
    project: Project = Path(),
    config: Settings = None,
    as_json: AsJson = False,
) -> None:
    """Send written requests to the stack's web ACL, and compare what it does.

    Exit codes: 0 every trial as expected, 1 at least one differs (or, with --complete, a rule has
    no hit or no miss), 2 a file or setting is wrong.
    """
    trials = [trial for file in files for trial in read_trials(file)]
    settings, compiled = _web_acl(project, stack, config)
    address = str(settings.allowed_cidrs[0]).partition("/")[0]
    results = run(
        lambda: compiled(time.time),
        trials,
        allowed_address=address,
        rate_limit=settings.rate_limit,
    )
    rules = coverage(compiled(time.time), results)
    if as_json:
        print_json(_trial_report(results, rules))
    else:
        _show_trials(results, rules)
    incomplete = complete and not all(rule.is_complete for rule in rules)
    if incomplete:
        typer.echo("--complete: a rule above has no hit or no miss.", err=True)
    if incomplete or not all(result.is_as_expected for result in results):
        raise typer.Exit(ExitCode.FAILED)


@app.command("example")
def write_example(
    *, stack: Stack = "local", project: Project = Path(), config: Settings = None
) -> None:
    """Print trials for the stack's web ACL, to begin a file for `portcullis waf test` with.

    A hit for each rule that can be evaluated on a laptop, and both sides of exceptions.
    """
    settings, compiled = _web_acl(project, stack, config)
    excepted = settings.web_acl_exceptions.get(BODY_SIZE)
    typer.echo(examples(compiled(time.time), excepted.routes if excepted else ()), nl=False)


@app.command("replay")
def replay_log(
    logs: Annotated[
        list[Path],
        typer.Argument(
            metavar="LOG...",
            help="AWS WAF's log: objects of S3, exports or answers of CloudWatch Logs; in the "
            "order of their times.",
        ),
    ],
    *,
    stack: Stack = "local",
    project: Project = Path(),
    config: Settings = None,
    as_json: AsJson = False,
) -> None:
    """Show which calls of a log the stack's web ACL would now block or let in, by rule.

    Exit codes: 0 no decision changes, 1 at least one does, 2 a file or setting is wrong.
    """
    graph = _graph(project, stack, config)
    calls = list(
        replay(logs, lambda clock: _the_one(graph, clock), has_body_rules=_has_body_rules(graph))
    )
    changed = [call for call in calls if call.is_changed]
    if as_json:
        print_json(_replay_report(calls, changed))
    else:
        _show_replay(calls, changed)
    if changed:
        raise typer.Exit(ExitCode.FAILED)


def _graph(project: Path, stack: str, config: Sequence[str] | None) -> Graph:
    folder = find_project(project.resolve())
    return record(folder, stack, preview=False, config=read_settings(config))


def _web_acl(
    project: Path, stack: str, config: Sequence[str] | None
) -> tuple[StackSettings, Callable[[Callable[[], float]], WebAcl]]:
    folder = find_project(project.resolve())
    settings = StackSettings.read(load_stack_config(folder, stack, read_settings(config)))
    graph = _graph(project, stack, config)
    return settings, lambda clock: _the_one(graph, clock)


def _the_one(graph: Graph, clock: Callable[[], float]) -> WebAcl:
    found = list(web_acls(graph, clock).values())
    if len(found) != 1:
        raise PortcullisError(f"The stack has {len(found)} regional web ACLs, but must have one.")
    return found[0]


def _has_body_rules(graph: Graph) -> bool:
    written = json.dumps([resource.inputs for resource in graph.of_type(WEB_ACL)], default=str)
    return any(f'"{name}"' in written for name in ("body", "jsonBody", "managedRuleGroupStatement"))


def _show_trials(results: Sequence[TrialResult], rules: Sequence[RuleCoverage]) -> None:
    console = Console(highlight=False, soft_wrap=True)
    for result in results:
        trial = result.trial
        if result.is_as_expected:
            console.print(f"[green]ok[/green]       {escape(trial.name)}: {result.seen}")
            continue
        wrong = f"expected {result.expected}, seen {result.seen}"
        if result.seen == result.expected:
            wrong = f"{', '.join(result.not_counted)} did not count"
        console.print(f"[red]DIFFERS[/red]  {escape(f'{trial.name}: {wrong} ({trial.place})')}")
    for rule in rules:
        missing = [word for word, has in (("hit", rule.hit), ("miss", rule.missed)) if not has]
        if missing:
            why = " (only AWS can evaluate it)" if rule.only_aws else ""
            console.print(f"[yellow]{rule.rule}: no {' and no '.join(missing)}{why}[/yellow]")
    differ = sum(not result.is_as_expected for result in results)
    console.print(f"injection matches: {injection_matches()}")
    console.print(f"{len(results) - differ} as expected, {differ} differ")


def _show_replay(calls: Sequence[ReplayedCall], changed: Sequence[ReplayedCall]) -> None:
    console = Console(highlight=False, soft_wrap=True)
    for title, group in (
        ("now blocked", [c for c in changed if c.now != ALLOW]),
        ("now let in", [c for c in changed if c.now == ALLOW]),
    ):
        by_rule = Counter(map(_deciding, group))
        for rule, count in by_rule.most_common():
            console.print(f"[bold]{title}[/bold] {count:,} by {rule}")
            for call in [c for c in group if _deciding(c) == rule][:SHOWN_CALLS]:
                shown = f"{call.source_ip} {call.method} {call.target[:80]} {call.request_id}"
                console.print(f"  {printable(shown)}", markup=False)
    unknown = Counter(call.unknown for call in calls if call.unknown)
    for why, count in unknown.most_common():
        console.print(f"[yellow]not judged[/yellow] {count:,}: {why}")
    same = len(calls) - len(changed) - sum(unknown.values())
    console.print(f"injection matches: {injection_matches()}", markup=False)
    console.print(f"{len(calls):,} calls: {same:,} as before, {len(changed):,} change")


def _deciding(call: ReplayedCall) -> str:
    """The rule that now blocks a call, or that blocked it then."""
    return call.now if call.now != ALLOW else call.then


def _trial_report(results: Sequence[TrialResult], rules: Sequence[RuleCoverage]) -> dict[str, Any]:
    return {
        "trials": [
            {
                "name": result.trial.name,
                "place": result.trial.place,
                "expected": result.expected,
                "seen": result.seen,
                "notCounted": result.not_counted,
                "asExpected": result.is_as_expected,
            }
            for result in results
        ],
        "rules": [asdict(rule) for rule in rules],
        "injectionMatches": injection_matches(),
    }


def _replay_report(
    calls: Sequence[ReplayedCall], changed: Sequence[ReplayedCall]
) -> dict[str, Any]:
    return {
        "calls": len(calls),
        "changed": [asdict(call) for call in changed],
        "injectionMatches": injection_matches(),
        "notJudged": dict(Counter(call.unknown for call in calls if call.unknown)),
    }
