"""The account and region that the stand-in pretends to be, and the ARNs of what is in it."""

from dataclasses import dataclass

# AWS General Reference, "Amazon API Gateway endpoints and quotas": the zone that an alias record
# names for a regional domain. Any other region gets an invented one.
API_GATEWAY_ZONES = {
    "us-east-1": "Z1UJRXOUMOOFQ8",
    "us-east-2": "ZOJJZC49E0EPZ",
    "us-west-2": "Z2OJLYMUO9EFXC",
    "eu-central-1": "Z1U9ULNL0V5AJ3",
    "eu-west-1": "ZLY8HYME6SFDD",
}


@dataclass(frozen=True, kw_only=True)
class Location:
    region: str
    account: str

    @property
    def partition(self) -> str:
        if self.region.startswith("cn-"):
            return "aws-cn"
        return "aws-us-gov" if self.region.startswith("us-gov-") else "aws"

    def arn(self, service: str, resource: str) -> str:
        """Of a resource that belongs to the account and the region."""
        return f"arn:{self.partition}:{service}:{self.region}:{self.account}:{resource}"

    def global_arn(self, service: str, resource: str) -> str:
        """Of a resource of a service without regions."""
        return f"arn:{self.partition}:{service}::{self.account}:{resource}"

    def api_gateway_arn(self, path: str) -> str:
        """API Gateway's own resources carry no account."""
        return f"arn:{self.partition}:apigateway:{self.region}::{path}"

    def invoke_arn(self, function_arn: str) -> str:
        return (
            f"arn:{self.partition}:apigateway:{self.region}:lambda:path/2015-03-31/functions/"
            f"{function_arn}/invocations"
        )
