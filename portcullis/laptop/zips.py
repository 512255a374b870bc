"""Removes zips of functions that earlier plans of a laptop have built; each has some megabytes."""

import time
from pathlib import Path

from portcullis.gateway.resources.functions import function_specs
from portcullis.graph.resource import Graph

BUILD_FOLDER = Path(".portcullis") / "build"  # as in portcullis.program
# Zips for Lambda stay: only the ones for a laptop are made at each edit.
PATTERN = "*-laptop-*.zip"
# A laptop unpacks its zip within seconds of its build; another one may be at that now.
KEPT_SECONDS = 600.0


def prune_zips(project: Path, served: Graph) -> None:
    """Remove the project's laptop zips that are old and not those of the served graph."""
    in_use = {spec.code.resolve() for spec in function_specs(served)}
    oldest = time.time() - KEPT_SECONDS
    for file in (project / BUILD_FOLDER).glob(PATTERN):
        if file.resolve() not in in_use and file.stat().st_mtime < oldest:
            file.unlink(missing_ok=True)
