"""Every benchmark in turn, a line each; what is behind a line is in results/ and README.md.

    .venv/bin/python -m benchmarks [--only NAME] [--verbose]
    .venv/bin/python -m benchmarks --readme

One that fails does not stop the others, and the exit code tells of it. Each run writes its figures
into README.md; --readme only writes there what the results already say.
"""

import argparse
import ast
import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
RESULTS = HERE / "results"
README = HERE / "README.md"
LIMIT_SECONDS = 600
ON_REQUEST = ("soak",)  # takes longer than all others together: only with --only, and no limit
BEGIN, END = "<!-- figures: begin -->\n", "<!-- figures: end -->"
LAST_LINES = 12  # of a benchmark that failed


def benchmarks() -> dict[str, str]:
    """Names and what each measures: the modules beside this one that can be run."""
    found: dict[str, str] = {}
    for path in sorted(HERE.glob("*.py")):
        text = path.read_text(encoding="utf-8")
        if path != Path(__file__) and '\nif __name__ == "__main__":' in text:
            found[path.stem] = (ast.get_docstring(ast.parse(text)) or "").partition("\n")[0]
    return found


def run(name: str, *, verbose: bool) -> bool:
    """Whether it went well; its own words are shown if it did not, or if it writes no results."""
    before = written_at(name)
    started = time.monotonic()
    try:
        done = subprocess.run(
            [sys.executable, "-m", f"benchmarks.{name}"],
            cwd=HERE.parent,
            stdin=subprocess.DEVNULL,
            stdout=None if verbose else subprocess.PIPE,
            stderr=None if verbose else subprocess.STDOUT,
            text=True,
            timeout=None if name in ON_REQUEST else LIMIT_SECONDS,
            check=False,
        )
        code, said = done.returncode, done.stdout or ""
        outcome = f"exit code {code}" if code else "done"
    except subprocess.TimeoutExpired:
        code, said, outcome = 1, "", f"not done after {LIMIT_SECONDS} s"
    has_written = written_at(name) != before
    where = f"results/{name}.json" if has_written and not code else ""
    print(f"{name:12} {outcome:16} {time.monotonic() - started:6.1f} s  {where}", flush=True)
    if code or not has_written:
        for line in said.rstrip().splitlines()[-LAST_LINES:]:
            print(f"    {line}")
    return code == 0


def written_at(name: str) -> int:
    path = RESULTS / f"{name}.json"
    return path.stat().st_mtime_ns if path.exists() else 0


def write_readme() -> None:
    text = README.read_text(encoding="utf-8")
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise SystemExit(f"{README} has no {BEGIN.strip()} with {END} after it: put them back.")
    README.write_text(before + begin + figures() + end + after, encoding="utf-8")


def figures() -> str:
    """A section for each benchmark: its own first line, and what its last run wrote."""
    return "\n" + "\n".join(section(name, about) for name, about in benchmarks().items()) + "\n"


def section(name: str, about: str) -> str:
    path = RESULTS / f"{name}.json"
    lines = [f"### {name}", "", about, ""]
    if not path.exists():
        return "\n".join([*lines, "No figures are kept: run it to see them.", ""])
    results = json.loads(path.read_text(encoding="utf-8"))
    if ratios := results.get("ratios"):
        lines += ["| Ratio | Value |", "|---|---:|"]
        lines += [f"| {words(ratio)} | {value(found)} |" for ratio, found in ratios.items()]
        lines.append("")
    if shown := results.get("figures"):
        lines += ["| Figure | Value |", "|---|---:|"]
        lines += [f"| {name} | {text} |" for name, text in shown.items()]
        lines.append("")
    measured = [f"{words(what)} {found}" for what, found in results.get("measured", {}).items()]
    lines += [f"Measured {', '.join(measured)}. All of it: [{path.name}](results/{path.name}).", ""]
    if path.with_suffix(".svg").exists():
        lines += [f"![{name}](results/{name}.svg)", ""]
    return "\n".join(lines)


def words(name: str) -> str:
    return name.replace("_us", " µs").replace("_", " ").replace("cpu", "CPU")


def value(ratio: Any) -> str:
    if isinstance(ratio, dict):
        return f"**{ratio['median']:.2f}** ({ratio['min']:.2f} to {ratio['max']:.2f})"
    return f"**{ratio:.2f}**"


def main() -> None:
    known = benchmarks()
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description="Run every benchmark in turn.",
        epilog="\n".join(f"{name:12} {about}" for name, about in known.items()),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--only", choices=known, action="append", metavar="NAME")
    parser.add_argument("--verbose", action="store_true", help="show what each of them prints")
    parser.add_argument("--readme", action="store_true", help="run nothing, rewrite the figures")
    options = parser.parse_args()
    failed: list[str] = []
    if not options.readme:
        started = time.monotonic()
        chosen = options.only or [name for name in known if name not in ON_REQUEST]
        failed = [name for name in chosen if not run(name, verbose=options.verbose)]
        print(f"{len(chosen)} benchmarks, {time.monotonic() - started:.0f} s")
    write_readme()
    if failed:
        sys.exit(f"failed: {', '.join(failed)}")


if __name__ == "__main__":
    main()
