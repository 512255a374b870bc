"""Reads the workflows and composite actions of the project, job by job and step by step."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
ACTIONS = sorted((ROOT / ".github" / "actions").glob("*/action.yml"))


@dataclass(frozen=True)
class Step:
    """One step; ``where`` names its file and job."""

    where: str
    content: dict[str, Any]

    @property
    def name(self) -> str:
        return str(self.content.get("name", ""))


def document(path: Path) -> dict[str, Any]:
    # YAML 1.1 reads the key `on` as true.
    return {"on" if key is True else key: v for key, v in yaml.safe_load(path.read_text()).items()}


def jobs(path: Path) -> dict[str, dict[str, Any]]:
    return document(path)["jobs"]


def steps() -> Iterator[Step]:
    for path in WORKFLOWS:
        for job, content in jobs(path).items():
            for step in content["steps"]:
                yield Step(f"{path.name} {job}", step)
    for path in ACTIONS:
        for step in document(path)["runs"]["steps"]:
            yield Step(f"{path.parent.name}/{path.name}", step)
