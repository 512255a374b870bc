"""What CloudWatch reads out of a log line, and what it would not accept.

Source: CloudWatch User Guide, "Specification: Embedded metric format", its text and its schema.
"""

from typing import Any

MAX_DIMENSIONS, MAX_METRICS = 30, 100
MAX_DIMENSION_VALUE, MAX_NAME, MAX_DIMENSION_NAME = 1024, 1024, 250
UNITS = {
    *("Seconds", "Microseconds", "Milliseconds", "Percent", "Count", "Count/Second", "None"),
    *("Bytes", "Kilobytes", "Megabytes", "Gigabytes", "Terabytes"),
}

Figure = tuple[str, str, frozenset[tuple[str, str]]]  # namespace, name, dimensions


def figures(line: dict[str, Any]) -> dict[Figure, float]:
    """Each metric that CloudWatch would take from the line, with its value.

    Raises:
        AssertionError: CloudWatch would take none of them.
    """
    if "_aws" not in line:
        return {}
    assert set(line["_aws"]) == {"Timestamp", "CloudWatchMetrics"}
    assert type(line["_aws"]["Timestamp"]) is int
    found: dict[Figure, float] = {}
    for directive in line["_aws"]["CloudWatchMetrics"]:
        assert set(directive) == {"Namespace", "Dimensions", "Metrics"}
        assert 1 <= len(directive["Namespace"]) <= MAX_NAME
        assert 1 <= len(directive["Metrics"]) <= MAX_METRICS
        assert directive["Dimensions"]
        for metric in directive["Metrics"]:
            for dimensions in directive["Dimensions"]:
                key = (directive["Namespace"], metric["Name"], _dimensions(line, dimensions))
                assert key not in found, "it would count twice"
                found[key] = _value(line, metric)
    return found


def _dimensions(line: dict[str, Any], names: list[str]) -> frozenset[tuple[str, str]]:
    assert len(set(names)) == len(names) <= MAX_DIMENSIONS
    for name in names:
        assert 1 <= len(name) <= MAX_DIMENSION_NAME
        assert type(line[name]) is str
        # An empty value is no dimension: CloudWatch API Reference, Dimension.
        assert 1 <= len(line[name]) <= MAX_DIMENSION_VALUE
    return frozenset((name, line[name]) for name in names)


def _value(line: dict[str, Any], metric: dict[str, str]) -> float:
    assert set(metric) == {"Name", "Unit"}
    assert 1 <= len(metric["Name"]) <= MAX_NAME
    assert metric["Unit"] in UNITS
    value = line[metric["Name"]]
    assert type(value) in {int, float}  # a truth value is none
    return float(value)
