"""What a target offers to the cases, and what makes a case skip."""

import pytest

from portcullis.acceptance.matrix.need import Need
from portcullis.acceptance.target.run_description import laptop
from tests.portcullis.acceptance.target.described import DESCRIBED


def test_a_slow_backend_timeout_skips_the_case_that_would_wait_for_it():
    assert laptop(DESCRIBED | {"backend_timeout_seconds": 29}).lacks(Need.SHORT_TIMEOUT)


@pytest.mark.parametrize(
    ("cidrs", "source"),
    [
        (["127.0.0.0/24"], "127.0.1.1"),
        (["127.0.0.0/16"], "127.1.0.1"),
        (["127.0.0.0/8"], None),
        (["::1/128"], "127.0.1.1"),
        ([], "127.0.1.1"),
    ],
)
def test_the_blocked_source_is_outside_the_allow_list(cidrs, source):
    target = laptop(DESCRIBED | {"allowed_cidrs": cidrs})
    assert target.blocked_source == source
    assert target.lacks(Need.OTHER_ADDRESS) is (source is None)
