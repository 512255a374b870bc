"""An Orders API behind the four gates."""

import pulumi
from portcullis_gates.components.arn import Place
from portcullis_gates.components.guarded_api import GuardedApi, GuardedApiArgs

orders = GuardedApi(
    "orders",
    GuardedApiArgs(
        prefix="orders-dev",
        place=Place(region="eu-central-1", account_id=pulumi.Config().require("accountId")),
        stage_name="dev",
        domain="orders.example.com",
        hosted_zone_id="Z0123456789ABCDEFGHIJ",
        truststore_file="truststore.pem",
        allowed_cidrs=["203.0.113.0/24"],
        contract_file="../orders.openapi.yaml",
        clients_file="../clients.yaml",
        audience="orders",
        backend_url="https://orders.internal.example.com",
        alarm_emails=["oncall@example.com"],
    ),
)

pulumi.export("url", orders.url)
pulumi.export("jwks", orders.jwks)
