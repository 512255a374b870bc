"""Only the address families of the allow-list are in use."""

import pytest

from components.ip_families import by_family, endpoint_address_type


@pytest.mark.parametrize(
    ("cidrs", "families"),
    [
        (["203.0.113.0/24"], {4: ["203.0.113.0/24"]}),
        (["2001:db8::/32"], {6: ["2001:db8::/32"]}),
        (
            ["2001:db8::/32", "203.0.113.0/24", "198.51.100.0/24"],
            {4: ["203.0.113.0/24", "198.51.100.0/24"], 6: ["2001:db8::/32"]},
        ),
    ],
    ids=["IPv4", "IPv6", "both"],
)
def test_a_family_without_a_network_is_left_out(cidrs, families):
    assert by_family(cidrs) == families


@pytest.mark.parametrize(("dual_stack", "expected"), [(True, "dualstack"), (False, "ipv4")])
def test_the_address_type_is_a_value_of_api_gateway(dual_stack, expected):
    assert endpoint_address_type(dual_stack=dual_stack) == expected
