"""Every rule of the pack, by hand: a file that is not listed here does not run (a test checks)."""

from ..rule import ResourceRule, StackRule
from . import (
    apigateway_api_disables_default_endpoint,
    apigateway_domain_pins_truststore_version,
    apigateway_domain_requires_mtls,
    apigateway_route_maps_authorization,
    apigateway_route_requires_authorizer,
    apigateway_stage_requires_web_acl,
)

RULES: tuple[ResourceRule | StackRule, ...] = (
    apigateway_domain_requires_mtls.RULE,
    apigateway_domain_pins_truststore_version.RULE,
    apigateway_api_disables_default_endpoint.RULE,
    apigateway_stage_requires_web_acl.RULE,
    apigateway_route_requires_authorizer.RULE,
    apigateway_route_maps_authorization.RULE,
)
