"""The gates before an Orders API that the program already has."""

import pulumi
from orders_api import STAGE, OrdersApi
from portcullis_gates.components.arn import Place
from portcullis_gates.components.jwt_authorizer import JwtAuthorizer, JwtAuthorizerArgs
from portcullis_gates.components.mtls_domain import MtlsDomain, MtlsDomainArgs
from portcullis_gates.components.waf_shield import WafShield, WafShieldArgs

PREFIX = "orders-existing-dev"
DOMAIN = "orders.example.com"
TRUSTSTORE = "truststore.pem"
place = Place(region="eu-central-1", account_id=pulumi.Config().require("accountId"))

# Which client is calling, and what may it do?
authorizer = JwtAuthorizer(
    "authorizer",
    JwtAuthorizerArgs(
        prefix=PREFIX,
        place=place,
        contract_file="../orders.openapi.yaml",
        truststore_file=TRUSTSTORE,
        clients_file="../clients.yaml",
        issuer=f"https://{DOMAIN}",
        audience="orders",
    ),
)

# The API as it was, with the changes that orders_api.py marks as new.
api = OrdersApi(authorizer.uri, authorizer.live_function, authorizer.live_alias)

# From which addresses, how often, and what must a call not contain?
waf = WafShield(
    "waf",
    WafShieldArgs(
        prefix=PREFIX, place=place, stage_arn=api.stage.arn, allowed_cidrs=["203.0.113.0/24"]
    ),
)

# The only way in, open once the web ACL is on the stage.
domain = MtlsDomain(
    "domain",
    MtlsDomainArgs(
        prefix=PREFIX,
        place=place,
        domain=DOMAIN,
        hosted_zone_id="Z0123456789ABCDEFGHIJ",
        truststore_file=TRUSTSTORE,
        rest_api_id=api.rest_api.id,
        stage_name=api.stage.stage_name,
        guards=[waf.association_urn],
    ),
)

pulumi.export("url", domain.url)
pulumi.export("stage", STAGE)
pulumi.export("jwks", authorizer.jwks)
