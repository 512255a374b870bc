"""Ratios and medians of a race, and their plot."""

import statistics

from benchmarks.bars import Bar, bars
from benchmarks.beside_nginx.nginx import NAME as NGINX
from benchmarks.beside_nginx.race import Figures, Rounds


def ratios(found: dict[str, Rounds]) -> dict[str, dict[str, float]]:
    """To nginx of the same round. More is better for requests, less for CPU time and latency."""
    written: dict[str, dict[str, float]] = {}
    for title, rounds in found.items():
        for name, figures in rounds.items():
            if NGINX not in rounds or name == NGINX:
                continue
            for member in ("requests_per_second", "cpu_us", "p50_us"):
                each = [
                    getattr(ours, member) / getattr(theirs, member)
                    for ours, theirs in zip(figures, rounds[NGINX], strict=True)
                ]
                written[f"{name}: {member}, {title}"] = {
                    "min": round(min(each), 3),
                    "median": round(statistics.median(each), 3),
                    "max": round(max(each), 3),
                }
    return written


def medians(found: dict[str, Rounds]) -> dict[str, dict[str, dict[str, float]]]:
    return {
        title: {
            name: {
                member: round(statistics.median(getattr(f, member) for f in figures), 1)
                for member in Figures._fields
            }
            for name, figures in rounds.items()
        }
        for title, rounds in found.items()
    }


def plot(typical: dict[str, dict[str, dict[str, float]]]) -> str:
    charts: dict[str, list[Bar]] = {}
    for kind, contenders in typical.items():
        for title, member, unit in (
            ("requests per second", "requests_per_second", ""),
            ("server CPU per request", "cpu_us", " µs"),
        ):
            charts[f"{title}, {kind}"] = [
                Bar(name, figures[member], f"{figures[member]:,.0f}{unit}")
                for name, figures in contenders.items()
            ]
    return bars(charts)
