"""The attack matrix of the sample."""

from functools import cache
from pathlib import Path

from portcullis.acceptance.catalog.matrix import build
from portcullis.sample import SAMPLE

CONTRACT = Path(__file__).parents[3] / SAMPLE.contract


@cache
def sample():
    return build(CONTRACT, [SAMPLE.cases])
