"""The account and region of the stand-in, and the ARNs of its resources."""

from dataclasses import dataclass

# AWS General Reference, "Amazon API Gateway endpoints and quotas": the hosted zone of
# regional domains, for alias records. Other regions get an invented one.
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

    @property
    def dns_suffix(self) -> str:
        return "amazonaws.com.cn" if self.partition == "aws-cn" else "amazonaws.com"

    def arn(self, service: str, resource: str) -> str:
        """The ARN of a regional resource."""
        return f"arn:{self.partition}:{service}:{self.region}:{self.account}:{resource}"

    def global_arn(self, service: str, resource: str) -> str:
        """The ARN of a resource of a global service."""
        return f"arn:{self.partition}:{service}::{self.account}:{resource}"

    def api_gateway_arn(self, path: str) -> str:
        """The ARN of an API Gateway resource, which contains no account."""
        return f"arn:{self.partition}:apigateway:{self.region}::{path}"

    def invoke_arn(self, function_arn: str) -> str:
        return (
            f"arn:{self.partition}:apigateway:{self.region}:lambda:path/2015-03-31/functions/"
            f"{function_arn}/invocations"
        )
