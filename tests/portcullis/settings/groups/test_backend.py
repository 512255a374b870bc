"""The backend's timeout and the stage's throttle."""

import pytest

from tests.portcullis.settings.mending import require_mended

REFUSED = {
    "timeout zero": {"portcullis:backendTimeoutSeconds": "0"},
    "timeout above AWS's limit": {"portcullis:backendTimeoutSeconds": "30"},
    "throttle rate": {"portcullis:throttleRate": "0"},
    "throttle burst": {"portcullis:throttleBurst": "5001"},
}


@pytest.mark.parametrize("change", REFUSED.values(), ids=REFUSED.keys())
def test_a_refused_value_is_mended_by_the_command_in_its_error(change):
    require_mended(change)
