"""Settings of the backend and of the stage's throttle."""

from dataclasses import dataclass

from portcullis.settings.backend_url import backend_address
from portcullis.settings.checks import between, each, matches, optional
from portcullis.settings.project import StackConfig
from portcullis.settings.rate_plans import MAX_THROTTLE_BURST, MAX_THROTTLE_RATE
from portcullis.settings.setting import NAMESPACE, Problem, refusal, setting_field
from portcullis.settings.setting_group import SettingGroup

MAX_BACKEND_TIMEOUT_SECONDS = 29  # API Gateway quotas, integration timeout of a regional API
FUNCTION_ARN = (
    r"arn:aws(-cn|-us-gov)?:lambda:[a-z0-9-]+:[0-9]{12}:function:[A-Za-z0-9-_]{1,64}"
    r"(:[A-Za-z0-9-_]{1,128})?"
)
LOAD_BALANCER_ARN = (
    r"arn:aws(-cn|-us-gov)?:elasticloadbalancing:[a-z0-9-]+:[0-9]{12}:loadbalancer/(app|net)/"
    r"[A-Za-z0-9-]{1,32}/[0-9a-f]{16}"
)
MAX_BACKEND_CERTIFICATES = 3  # ours: the present one, the next one and the last one


def is_function(config: StackConfig) -> bool:
    """Whether the stack names a function as its backend, before the settings are checked."""
    return bool(config.raw_values.get(BackendSettings.key("backend_function_arn")))


@dataclass(frozen=True, kw_only=True)
class BackendSettings(SettingGroup):
    backend_url: str = setting_field(
        accepts="an http or https address, optionally with a path, without credentials, query "
        "or fragment, or nothing where backendFunctionArn is set",
        why="The backend that accepted calls are forwarded to. Plain http is for a laptop and "
        "AWS's own sample: others on the network path could read the token.",
        example="https://orders.example.com",
        check=optional(backend_address),
        default="",
    )
    backend_function_arn: str = setting_field(
        accepts="the ARN of a Lambda function in the stack's own region and account, with an "
        "alias or version if you have one, or nothing where backendUrl is set",
        why="A Lambda function in place of backendUrl. It gets the call as an event, and a "
        "permission for this API is added to it. Header mapping has no effect there: the token "
        "is in requestContext.authorizer (docs/guide/backend.md).",
        example="arn:aws:lambda:eu-central-1:111122223333:function:orders:live",
        check=optional(matches(FUNCTION_ARN)),
        default="",
    )
    backend_vpc_link_id: str = setting_field(
        accepts="the id of a VPC link of the stack's own region and account, or nothing",
        why="For a backend in a VPC: calls go through this link to the load balancer, and "
        "backendUrl gives scheme, server name, port and path. The link exists already.",
        example="abc123",
        check=optional(matches(r"[a-z0-9]{4,64}")),
        default="",
    )
    backend_load_balancer_arn: str = setting_field(
        accepts="the ARN of an Application or Network Load Balancer in the stack's own region "
        "and account, or nothing",
        why="The load balancer that a VPC link V2 leads to. Leave it out for a VPC link V1, "
        "which has its Network Load Balancer itself.",
        example="arn:aws:elasticloadbalancing:eu-central-1:111122223333:loadbalancer/app/"
        "orders/50dc6c495c0c9188",
        check=optional(matches(LOAD_BALANCER_ARN)),
        default="",
    )
    backend_timeout_seconds: int = setting_field(
        accepts=f"a whole number from 1 to {MAX_BACKEND_TIMEOUT_SECONDS}",
        why="How long a call waits for the backend before it is answered with 504.",
        check=between(1, MAX_BACKEND_TIMEOUT_SECONDS),
        default=MAX_BACKEND_TIMEOUT_SECONDS,
    )
    backend_certificates: tuple[str, ...] = setting_field(
        accepts=f"a list of up to {MAX_BACKEND_CERTIFICATES} different names (1 to 30 "
        "lower-case letters, digits and hyphens, a letter first), or an empty list",
        why="Client certificates by which an https backend recognises this API Gateway; the output "
        "backendCertificatesPem is what the backend has to trust. The first one is presented. Each "
        "is valid for a year: docs/operations/backend-certificate.md says how to replace it "
        "without a gap. An empty list presents none, and a plain http backend gets none.",
        example="second",
        check=each(r"[a-z](?:[a-z0-9-]{0,28}[a-z0-9])?", least=0, most=MAX_BACKEND_CERTIFICATES),
        default=("first",),
    )
    throttle_rate: int = setting_field(
        accepts=f"a whole number from 1 to {MAX_THROTTLE_RATE:,}",
        why="Calls per second of all clients together. It protects the backend.",
        check=between(1, MAX_THROTTLE_RATE),
        default=100,
    )
    throttle_burst: int = setting_field(
        accepts=f"a whole number from 1 to {MAX_THROTTLE_BURST:,}",
        why="How far a short peak may exceed throttleRate.",
        check=between(1, MAX_THROTTLE_BURST),
        default=200,
    )

    def _check_together(self) -> None:
        super()._check_together()
        if not (self.backend_url or self.backend_function_arn):
            absent = Problem(
                because="the stack needs it, or a backendFunctionArn", shown="is not set"
            )
            raise refusal(self.setting("backend_url"), None, absent)
        if self.backend_url and self.backend_function_arn:
            self._refuse(
                "backend_function_arn",
                f"backendUrl is {self.backend_url}, and calls can only go to one backend",
                mend=f"pulumi config rm {NAMESPACE}:backendUrl",
            )
        if self.backend_vpc_link_id and not self.backend_url:
            self._refuse(
                "backend_vpc_link_id",
                "the backend is a function, which no VPC link leads to",
                mend=f"pulumi config rm {NAMESPACE}:backendVpcLinkId",
            )
        if self.backend_load_balancer_arn and not self.backend_vpc_link_id:
            self._refuse(
                "backend_load_balancer_arn",
                "backendVpcLinkId is not set, and only a VPC link leads to a load balancer",
                mend=f"pulumi config rm {NAMESPACE}:backendLoadBalancerArn",
            )
