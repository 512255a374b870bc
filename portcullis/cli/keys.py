"""`portcullis keys`: the keys that sign tokens, and the three steps that replace one.

The commands edit Pulumi.<stack>.yaml and nothing else: each step takes effect with a `pulumi up`.
"""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from portcullis.errors import ExitCode, MisuseError, PortcullisError
from portcullis.settings.key_rotation import Keys, Step
from portcullis.settings.project import StackConfig, find_project, load_stack_config
from portcullis.settings.stack_file import Value, change, note_of

KEYS, SIGNER = "portcullis:signingKeys", "portcullis:signingKey"
MARK = "portcullis keys:"  # of the comment that says when the last step was written
PROTECTED_KEY = (
    "urn:pulumi:{stack}::{project}::portcullis:index:JwtAuthorizer$aws:kms/key:Key"
    "::authorizer-signing-{label}"
)

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    rich_markup_mode="markdown",
    help="List and rotate the keys that sign tokens.",
)

Stack = Annotated[str, typer.Option(help="Which Pulumi.STACK.yaml to read and change.")]
Project = Annotated[
    Path, typer.Option(metavar="DIR", help="Folder of Pulumi.yaml, or one below it.")
]
Json = Annotated[bool, typer.Option("--json", help="One JSON object on standard output.")]
stdout = Console(highlight=False, soft_wrap=True)


class TooEarlyError(PortcullisError):
    """The step would be right, but calls that are valid now would fail."""

    def __init__(self, step: Step, why: str, since: datetime, safe_at: datetime) -> None:
        super().__init__(
            f"Too early to {step}: {why} The last step was written {_shown(since)}; run this again "
            f"after {_shown(safe_at)}. Count from the end of its `pulumi up`, if that was later."
        )


class UnknownTimeError(MisuseError):
    """Nobody wrote down when the last step took place."""

    def __init__(self, path: Path, step: Step, wait: timedelta) -> None:
        super().__init__(
            f"{path} does not say when the last step of this rotation was written, and the next "
            f"one ({step}) needs {_minutes(wait)} between them. Look up when the `pulumi up` of "
            "the last step ended, and run: portcullis keys rotate --deployed "
            "2026-01-31T12:00:00Z"
        )


@app.command("list")
def list_keys(*, stack: Stack, project: Project = Path(), as_json: Json = False) -> None:
    """Show which keys are published, which one signs, and what comes next."""
    file, keys, _ = _read(stack, project)
    since = _since(file)
    safe_at = keys.safe_at(since) if since and keys.next_step is not Step.PUBLISH else None
    if as_json:
        typer.echo(
            json.dumps(
                {
                    "published": list(keys.published),
                    "signer": keys.signer,
                    "next": keys.next_step,
                    "since": since and since.isoformat(),
                    "safe_at": safe_at and safe_at.isoformat(),
                }
            )
        )
        return
    table = Table(box=None, pad_edge=False)
    for heading in ("KEY", "PUBLISHED", "SIGNS"):
        table.add_column(heading)
    for label in keys.published:
        table.add_row(label, "yes", "yes" if label == keys.signer else "no")
    stdout.print(table)
    stdout.print(_what_comes(keys, safe_at, stack))


@app.command()
def rotate(
    *,
    stack: Stack,
    project: Project = Path(),
    deployed: Annotated[
        datetime | None,
        typer.Option(
            metavar="TIME",
            help="When the `pulumi up` of the last step ended, in UTC, as 2026-01-31T12:20:00Z.",
            formats=["%Y-%m-%dT%H:%M:%SZ"],
        ),
    ] = None,
    step: Annotated[
        Step | None, typer.Option(help="Refuse to do any other step than this one.")
    ] = None,
) -> None:
    """Write the next step of a rotation into the stack's settings: publish, sign, retire.

    Each step takes effect with `pulumi up`. A step that would make valid calls fail is refused:
    a new key signs only when every backend may know it, and an old one goes only when its last
    token has expired. Exit codes: 0 written, 1 too early, 2 the request cannot be honoured.
    """
    file, keys, config = _read(stack, project)
    following = keys.next_step
    if step is not None and step is not following:
        raise MisuseError(
            f"The next step is {following}, not {step}. See: portcullis keys list --stack {stack}"
        )
    now = datetime.now(UTC)
    if following is not Step.PUBLISH:
        _require_time(file, keys, now, deployed and _utc(deployed))
    after = keys.after(following)
    changes: dict[str, Value] = {KEYS: after.published}
    changes[SIGNER] = after.signer if len(after.published) > 1 else None
    written = f"{after.signer if following is Step.SIGN else after.published[-1]} {_DID[following]}"
    note = None if following is Step.RETIRE else f"{written} {_shown(now)}"
    change(file, changes, note=note, mark=MARK)
    stdout.print(f"{file.name}: {_said(following, keys, after)}")
    if following is Step.RETIRE and config.values.get("portcullis:protect") != "false":
        urn = PROTECTED_KEY.format(stack=stack, project=config.project, label=keys.published[0])
        stdout.print(f"The old key is protected. First: pulumi state unprotect '{urn}'")
    stdout.print(f"Now run: pulumi up --stack {stack}")
    if following is not Step.RETIRE:
        stdout.print(
            f"Then wait {_minutes(after.wait)}, and run: portcullis keys rotate --stack {stack}"
        )
    raise typer.Exit(ExitCode.OK)


_DID = {Step.PUBLISH: "published", Step.SIGN: "signs since", Step.RETIRE: "remains"}
_WHY = {
    Step.SIGN: "backends may still use a key set without the new key, and would refuse its tokens.",
    Step.RETIRE: "tokens that the old key signed are still valid.",
}


def _read(stack: str, project: Path) -> tuple[Path, Keys, StackConfig]:
    folder = find_project(project.resolve())
    config = load_stack_config(folder, stack)
    values = config.values
    file = folder / f"Pulumi.{stack}.yaml"
    try:
        published = tuple(json.loads(values[KEYS]))
    except (ValueError, TypeError, KeyError):
        published = ()
    signer = values.get(SIGNER) or (published[0] if published else "")
    if not 1 <= len(published) <= 2 or signer not in published:  # noqa: PLR2004 - old and new
        raise MisuseError(
            f"{file}: {KEYS} is {values.get(KEYS)} and {SIGNER} is {signer!r}, which is no state "
            "of a rotation. One or two labels are published, and one of them signs."
        )
    keys = Keys(
        published=published,
        signer=signer,
        token_life_seconds=int(values["portcullis:tokenLifeSeconds"]),
        authorizer_cache_seconds=int(values["portcullis:authorizerCacheSeconds"]),
    )
    return file, keys, config


def _require_time(file: Path, keys: Keys, now: datetime, deployed: datetime | None) -> None:
    """The edit comes before its deploy, so its time is the least that can be said."""
    known = [time for time in (_since(file), deployed) if time is not None]
    if not known:
        raise UnknownTimeError(file, keys.next_step, keys.wait)
    since = max(known)
    if since > now:
        raise MisuseError(f"{_shown(since)} is in the future. Check this machine's clock.")
    if now < keys.safe_at(since):
        step = keys.next_step
        raise TooEarlyError(step, _WHY[step], since, keys.safe_at(since))


def _since(file: Path) -> datetime | None:
    words = (note_of(file, MARK) or "").split()
    try:
        return _utc(datetime.fromisoformat(words[-1])) if words else None
    except ValueError:
        return None


def _utc(time: datetime) -> datetime:
    return time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)


def _shown(time: datetime) -> str:
    return time.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _minutes(wait: timedelta) -> str:
    minutes, seconds = divmod(int(wait.total_seconds()), 60)
    parts = [f"{minutes} minutes"] if minutes else []
    return " ".join([*parts, f"{seconds} seconds"] if seconds else parts) or "no time"


def _said(step: Step, before: Keys, after: Keys) -> str:
    return {
        Step.PUBLISH: f"{after.published[-1]} is published beside {before.signer}, which signs on.",
        Step.SIGN: f"{after.signer} signs, {before.signer} stays published.",
        Step.RETIRE: f"{before.published[0]} is no longer published; KMS keeps it for 30 days.",
    }[step]


def _what_comes(keys: Keys, safe_at: datetime | None, stack: str) -> str:
    if keys.next_step is Step.PUBLISH:
        return f"No rotation is under way. To begin one: portcullis keys rotate --stack {stack}"
    when = (
        f"not before {_shown(safe_at)}" if safe_at else f"{_minutes(keys.wait)} after the last one"
    )
    return f"A rotation is under way. Next step: {keys.next_step}, {when}."
