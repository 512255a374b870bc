"""The resources that each IAM action is allowed on, and under which conditions.

Names of the stacks begin with their ``namePrefix`` and a hyphen. Keys and certificates have random
ids, so they are recognised by the tag that the stacks give all their resources
(``aws:defaultTags``).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from components.arn import Place

LOGGING_ROLE = "api-logging-role-"  # components/account_logging.py; the engine adds a suffix
LOGGING_POLICY = "service-role/AmazonAPIGatewayPushToCloudWatchLogs"
SERVICES_OF_ROLES = ("apigateway.amazonaws.com", "lambda.amazonaws.com")
SIGNING_KEY = {"kms:KeySpec": ["ECC_NIST_P256", "RSA_2048"], "kms:KeyUsage": "SIGN_VERIFY"}
# Actions without resource-level permissions, or on resources whose names AWS chooses.
WITHOUT_RESOURCE = frozenset(
    {
        "kms:ListAliases",
        "logs:CreateLogDelivery",
        "logs:DeleteLogDelivery",
        "logs:DeleteResourcePolicy",
        "logs:DescribeLogGroups",
        "logs:DescribeResourcePolicies",
        "logs:PutResourcePolicy",
        "route53:GetChange",
        "sns:GetSubscriptionAttributes",
        "sns:SetSubscriptionAttributes",
        "sns:Unsubscribe",
    }
)
_ALIAS_ACTIONS = ("kms:CreateAlias", "kms:UpdateAlias", "kms:DeleteAlias")
_ANY = ("*",)


@dataclass(frozen=True, kw_only=True)
class RightsScope:
    """One statement: its id, its resources, its condition."""

    sid: str
    resources: tuple[str, ...]
    condition: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


@dataclass(frozen=True)
class Scopes:
    """The scopes of every action, for the stacks of one name prefix, account and region."""

    place: Place
    hosted_zone_id: str
    tag: tuple[str, str]
    name_prefix: str

    def of(self, action: str) -> tuple[RightsScope, ...]:
        """Empty for an action that the role does not get: DNS records without a hosted zone."""
        service = action.partition(":")[0]
        if service == "route53" and not self.hosted_zone_id:
            return ()
        if action in WITHOUT_RESOURCE:
            return (RightsScope(sid="WithoutResource", resources=_ANY),)
        if action in _ALIAS_ACTIONS:  # AWS asks for the right on the alias and on its key
            alias = self._regional("kms", f"alias/{self._own}")
            return RightsScope(sid="KeyAlias", resources=(alias,)), self._by_service["kms"]
        return (self._by_action.get(action) or self._by_service[service],)

    @cached_property
    def _by_action(self) -> Mapping[str, RightsScope]:
        key, value = self.tag
        requested = {f"aws:RequestTag/{key}": value}
        # IfExists: a key or certificate that is being created has no tags yet.
        unowned = {"StringEqualsIfExists": {f"aws:ResourceTag/{key}": value}}
        logging = {"iam:PolicyARN": self._iam("aws", f"policy/{LOGGING_POLICY}")}
        attach = RightsScope(
            sid="AttachPolicy", resources=self._roles, condition={"ArnEquals": logging}
        )
        linked = "aws-service-role/ops.apigateway.amazonaws.com/AWSServiceRoleForAPIGateway"
        return {
            "acm:RequestCertificate": RightsScope(
                sid="RequestCertificate", resources=_ANY, condition={"StringEquals": requested}
            ),
            "acm:AddTagsToCertificate": RightsScope(
                sid="TagCertificate",
                resources=(self._regional("acm", "certificate/*"),),
                condition={"StringEquals": requested, **unowned},
            ),
            "kms:CreateKey": RightsScope(
                sid="CreateKey", resources=_ANY, condition={"StringEquals": SIGNING_KEY}
            ),
            "kms:TagResource": RightsScope(
                sid="TagKey",
                resources=(self._regional("kms", "key/*"),),
                condition={"StringEquals": {**SIGNING_KEY, **requested}, **unowned},
            ),
            "iam:PassRole": RightsScope(
                sid="PassRole",
                resources=self._roles,
                condition={"StringEquals": {"iam:PassedToService": list(SERVICES_OF_ROLES)}},
            ),
            "iam:AttachRolePolicy": attach,
            "iam:DetachRolePolicy": attach,
            "iam:CreateServiceLinkedRole": RightsScope(
                sid="ServiceLinkedRole",
                resources=(self._iam(self.place.account_id, f"role/{linked}"),),
            ),
        }

    @cached_property
    def _by_service(self) -> Mapping[str, RightsScope]:
        key, value = self.tag
        place = self.place
        api = f"arn:{place.partition}:apigateway:{place.region}::"
        bucket = f"arn:{place.partition}:s3:::{self._own}-truststore-{place.account_id}"
        collections = ("restapis", "domainnames", "apikeys", "usageplans", "clientcertificates")
        log_groups = (
            f"/aws/lambda/{self._own}",
            f"/aws/apigateway/{self._own}",
            f"aws-waf-logs-{self._own}",
            "API-Gateway-Execution-Logs_*",
        )
        named = {
            "apigateway": (
                *(f"{api}/{name}" for name in collections),
                *(f"{api}/{name}/*" for name in (*collections, "tags")),
                f"{api}/account",
            ),
            "cloudwatch": (
                f"arn:{place.partition}:cloudwatch::{place.account_id}:dashboard/{self._own}",
                self._regional("cloudwatch", f"alarm:{self._own}"),
            ),
            "dynamodb": (self._regional("dynamodb", f"table/{self._own}"),),
            "iam": self._roles,
            "lambda": (self._regional("lambda", f"function:{self._own}"),),
            "logs": tuple(self._regional("logs", f"log-group:{name}") for name in log_groups),
            "route53": (place.hosted_zone(self.hosted_zone_id),),
            "s3": (bucket, f"{bucket}/*"),
            "sns": (self._regional("sns", f"{self._own}"),),
            "wafv2": (
                self._regional("wafv2", f"regional/webacl/{self._own}/*"),
                self._regional("wafv2", f"regional/ipset/{self._own}/*"),
                self._regional("wafv2", "regional/managedruleset/*/*"),
                f"{api}/restapis/*/stages/*",
            ),
        }
        tagged = {
            "acm": ("Certificates", self._regional("acm", "certificate/*")),
            "kms": ("Keys", self._regional("kms", "key/*")),
        }
        return {
            service: RightsScope(sid=service.capitalize(), resources=resources)
            for service, resources in named.items()
        } | {
            service: RightsScope(
                sid=sid,
                resources=(arn,),
                condition={"StringEquals": {f"aws:ResourceTag/{key}": value}},
            )
            for service, (sid, arn) in tagged.items()
        }

    @property
    def _own(self) -> str:
        """The pattern of the stacks' names."""
        return f"{self.name_prefix}-*"

    @cached_property
    def _roles(self) -> tuple[str, ...]:
        return (self.place.role(f"{self._own}"), self.place.role(f"{LOGGING_ROLE}*"))

    def _regional(self, service: str, resource: str) -> str:
        place = self.place
        return f"arn:{place.partition}:{service}:{place.region}:{place.account_id}:{resource}"

    def _iam(self, account: str, resource: str) -> str:
        return f"arn:{self.place.partition}:iam::{account}:{resource}"
