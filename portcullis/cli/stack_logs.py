"""The logs of a deployed stack in CloudWatch, by the settings of its file."""

from pathlib import Path

import boto3

from portcullis.explain.cloudwatch import CloudWatchLogs
from portcullis.settings.project import find_project, load_stack_config
from portcullis.settings.stack_settings import StackSettings


def stack_logs(project: Path, stack: str, *, hours: float) -> CloudWatchLogs:
    """Those of the last ``hours``.

    Raises:
        ProjectError, SettingError: a file of the project cannot be used.
    """
    settings = StackSettings.read(load_stack_config(find_project(project.resolve()), stack))
    client = boto3.client("logs", region_name=settings.region)
    return CloudWatchLogs(client, settings.name, hours=hours)
