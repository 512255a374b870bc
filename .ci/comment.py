"""Writes the verdicts and plans of a pull request into its one comment: comment.py FOLDER.

FOLDER holds the artifacts of the run: policies-STACK/policies.txt and plan-STACK/plan.txt. The
comment is recognised by its first line and its author, and updated by the next run. From the
environment: GITHUB_TOKEN, GITHUB_REPOSITORY, GITHUB_API_URL, PULL_REQUEST.

Source: GitHub REST API, "Working with comments" (issues).
"""

import json
import os
import re
import sys
import urllib.request
from pathlib import Path
from typing import Any

MARKER = "<!-- portcullis: verdict and plan -->"
AUTHOR = "github-actions[bot]"  # whom the token of a workflow writes as
MAX_BODY_CHARACTERS = 65_536  # GitHub refuses more
PAGE = 100  # the most that GitHub returns at once
TIMEOUT_SECONDS = 30
TITLES = {"policies": "Policies", "plan": "Plan"}


def body(folder: Path) -> str:
    """The comment, within GitHub's limit; a long report keeps its end, where the verdict is."""
    reports = sorted(folder.glob("*/*.txt"), key=lambda report: report.parent.name)
    # Half of the limit is for the reports; a fence and its title take little of the rest.
    share = MAX_BODY_CHARACTERS // 2 // max(len(reports), 1)
    sections = [_section(report, share) for report in reports]
    return "\n\n".join([MARKER, *(sections or ["The run ended before there was a report."])])


def _section(report: Path, share: int) -> str:
    kind, _, stack = report.parent.name.partition("-")
    text = report.read_text(encoding="utf-8", errors="replace").strip()
    last = text.rpartition("\n")[2]
    if len(text) > share:
        text = f"… {len(text) - share} characters more in the run\n{text[-share:]}"
    # A fence longer than any in the text: a plan cannot end it and add text of its own.
    fence = "`" * max(3, *(len(ticks) + 1 for ticks in re.findall("`+", text) or ["``"]))
    title = f"**{TITLES.get(kind, kind)}, {stack}**"
    summary = f": {_inline(last)}" if kind == "policies" else ""
    return (
        f"{title}{summary}\n\n<details><summary>{kind} of {stack}</summary>\n\n"
        f"{fence}text\n{text}\n{fence}\n\n</details>"
    )


def _inline(line: str) -> str:
    """As code, so that no name in it becomes a link or a mention."""
    return f"`{line.replace('`', chr(39))[:200]}`"


def publish(text: str) -> None:
    """Update the comment of an earlier run, or write the first one."""
    repository = f"/repos/{os.environ['GITHUB_REPOSITORY']}"
    comments = f"{repository}/issues/{int(os.environ['PULL_REQUEST'])}/comments"
    written = _written(comments)
    if written is None:
        _call("POST", comments, {"body": text})
    else:
        _call("PATCH", f"{repository}/issues/comments/{written}", {"body": text})


def _written(comments: str) -> int | None:
    page = 1
    while True:
        listed = _call("GET", f"{comments}?per_page={PAGE}&page={page}")
        for comment in listed:
            author = (comment.get("user") or {}).get("login")
            if author == AUTHOR and (comment.get("body") or "").startswith(MARKER):
                return int(comment["id"])
        if len(listed) < PAGE:
            return None
        page += 1


def _call(method: str, path: str, content: dict[str, str] | None = None) -> Any:
    request = urllib.request.Request(  # noqa: S310 - the API of the runner's own server
        os.environ["GITHUB_API_URL"] + path,
        method=method,
        data=json.dumps(content).encode() if content else None,
        headers={
            "Authorization": f"Bearer {os.environ['GITHUB_TOKEN']}",
            "Accept": "application/vnd.github+json",
            "X-GitHub-Api-Version": "2022-11-28",
        },
    )
    with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS) as response:  # noqa: S310
        return json.load(response)


if __name__ == "__main__":
    publish(body(Path(sys.argv[1])))
