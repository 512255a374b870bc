"""Renders a verdict as text, JSON, JUnit or SARIF.

What AWS's models say of the same graph stands in a section of its own.

Nothing in a report changes between two runs on the same graph: no time, no machine, no order of
arrival. Nothing in it is a property's value.
"""

from enum import StrEnum


class ReportFormat(StrEnum):
    TEXT = "text"
    JSON = "json"
    JUNIT = "junit"
    SARIF = "sarif"
