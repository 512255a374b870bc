"""Security policies of custom domains and REST APIs: the minimum TLS version of a handshake.

A REST API's own policy goes before that of a custom domain that it is mapped to.
Source: API Gateway Developer Guide, "Security policies for REST APIs in API Gateway" and "Choose a
security policy for your custom domain in API Gateway".
"""

from collections.abc import Mapping

from portcullis.gateway.resources.unsupported import UnsupportedError

ENHANCED = "SecurityPolicy_"
DOMAIN_POLICIES = {"TLS_1_2": "TLSv1.2"}
DEFAULT_DOMAIN_POLICY = "TLS_1_2"
# This enhanced policy has the three cipher suites that OpenSSL has for TLS 1.3, and no others.
API_POLICIES = {"TLS_1_2": "TLSv1.2", "SecurityPolicy_TLS13_1_3_2025_09": "TLSv1.3"}


def domain_minimum(policy: str | None, place: str) -> str:
    """The minimum TLS version of a custom domain. Raises UnsupportedError."""
    return _minimum(
        DOMAIN_POLICIES,
        policy or DEFAULT_DOMAIN_POLICY,
        place,
        "Set TLS_1_2, which accepts TLS 1.2 and 1.3; AWS requires it for mutual TLS.",
    )


def api_minimum(
    policy: str | None, access_mode: str | None, place: str, *, has_default_endpoint: bool
) -> str | None:
    """The minimum TLS version of a REST API, or None if it has no policy of its own.

    Raises:
        UnsupportedError: the policy is not emulated, or AWS refuses it with this access mode.
    """
    if policy is None:
        return None
    minimum = _minimum(API_POLICIES, policy, place, f"Set one of {', '.join(API_POLICIES)}.")
    if policy.startswith(ENHANCED):
        if access_mode not in {"BASIC", "STRICT"}:
            raise UnsupportedError(
                place,
                f"endpointAccessMode must be BASIC or STRICT with the security policy {policy}",
                'Set endpoint_access_mode="STRICT" on the RestApi.',
            )
        if has_default_endpoint:
            raise UnsupportedError(
                place,
                f"the security policy {policy} is not emulated on the default endpoint",
                "Set disable_execute_api_endpoint=True on the RestApi.",
            )
    elif access_mode is not None:
        raise UnsupportedError(
            place, f"AWS refuses endpointAccessMode with the security policy {policy}"
        )
    return minimum


def _minimum(emulated: Mapping[str, str], policy: str, place: str, remedy: str) -> str:
    if policy not in emulated:
        raise UnsupportedError(place, f"the security policy {policy} is not emulated", remedy)
    return emulated[policy]
