"""Rate plans: their names, members and limits."""

import json

import pytest

from tests.portcullis.settings.mending import plans, require_mended

REFUSED = {
    "plans as list": {"portcullis:ratePlans": '["gold"]'},
    "plans as text": {"portcullis:ratePlans": "gold"},
    "plan as number": {"portcullis:ratePlans": '{"gold": 1}'},
    "plan without burst": plans(ratePerSecond=1),
    "plan without rate": plans(burst=1),
    "plan of zero": plans(ratePerSecond=0, burst=1),
    "plan above the throttle": plans(ratePerSecond=10_001, burst=1),
    "plan with a text": plans(ratePerSecond="many", burst=1),
    "plan with a boolean": plans(ratePerSecond=1, burst=True),
    "plan with a fraction": plans(ratePerSecond=0.5, burst=1),
    "plan with an empty quota": plans(ratePerSecond=1, burst=1, quotaPerDay=0),
    "plan with a misspelt member": plans(ratePerSecond=1, burst=1, quota=5),
    "plan with a strange name": {
        "portcullis:ratePlans": '{"Gold\\n plan": {"ratePerSecond": 1, "burst": 1}}'
    },
    "too many plans": {
        "portcullis:ratePlans": json.dumps(
            {f"plan-{n}": {"ratePerSecond": 1, "burst": 1} for n in range(21)}
        )
    },
}


@pytest.mark.parametrize("change", REFUSED.values(), ids=REFUSED.keys())
def test_a_refused_value_is_mended_by_the_command_in_its_error(change):
    require_mended(change)
