"""What a target offers to the cases, and what makes a case skip."""

from portcullis.acceptance.matrix.need import Need
from portcullis.acceptance.target.run_description import laptop
from tests.portcullis.acceptance.target.described import DESCRIBED


def test_a_slow_backend_timeout_skips_the_case_that_would_wait_for_it():
    assert laptop(DESCRIBED | {"backend_timeout_seconds": 29}).lacks(Need.SHORT_TIMEOUT)


def test_without_a_blocked_address_its_cases_are_skipped():
    everything = laptop(DESCRIBED | {"allowed_cidrs": ["127.0.0.0/8", "::1/128"]})
    assert everything.lacks(Need.OTHER_ADDRESS)
    assert not laptop(DESCRIBED).lacks(Need.OTHER_ADDRESS)
