"""ARNs composed from names, so that documents which hold them are known at preview.

Source: Service Authorization Reference, "Resource types defined by" each service.
"""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Place:
    """The region and account that a stack lives in."""

    region: str
    """The code of the AWS region, such as `eu-central-1`."""

    account_id: str
    """The 12 digits of the AWS account."""

    @property
    def partition(self) -> str:
        for prefix, partition in (("cn-", "aws-cn"), ("us-gov-", "aws-us-gov")):
            if self.region.startswith(prefix):
                return partition
        return "aws"

    @property
    def account_root(self) -> str:
        return f"arn:{self.partition}:iam::{self.account_id}:root"

    def role(self, name: str) -> str:
        return f"arn:{self.partition}:iam::{self.account_id}:role/{name}"

    def bucket(self, name: str) -> str:
        return f"arn:{self.partition}:s3:::{name}"

    def log_group(self, name: str) -> str:
        return self._regional("logs", f"log-group:{name}")

    def log_delivery_source(self) -> str:
        """The source ARN of CloudWatch Logs deliveries: any log of this account and region."""
        return self._regional("logs", "*")

    def table(self, name: str) -> str:
        return self._regional("dynamodb", f"table/{name}")

    def topic(self, name: str) -> str:
        return self._regional("sns", name)

    def hosted_zone(self, zone_id: str) -> str:
        return f"arn:{self.partition}:route53:::hostedzone/{zone_id}"

    def function(self, name: str, qualifier: str) -> str:
        return self._regional("lambda", f"function:{name}:{qualifier}")

    def invocation_uri(self, function_arn: str) -> str:
        """The URI that API Gateway calls; the date is the version of Lambda's Invoke API."""
        return (
            f"arn:{self.partition}:apigateway:{self.region}:lambda:path/2015-03-31/functions/"
            f"{function_arn}/invocations"
        )

    def _regional(self, service: str, resource: str) -> str:
        return f"arn:{self.partition}:{service}:{self.region}:{self.account_id}:{resource}"
