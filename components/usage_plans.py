"""Usage plans: how much each client may call, counted by API Gateway under the client's own key.

The key is no credential. With ``x-amazon-apigateway-api-key-source: AUTHORIZER`` API Gateway takes
it from the authorizer's answer alone, so nobody can present one; it is a name to count under.
Source: API Gateway Developer Guide, "Usage plans and API keys for REST APIs" and "Choose an API
key source".
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws
from pulumi import Input, ResourceOptions

from authorizer.usage import usage_key
from portcullis.errors import MisuseError
from portcullis.registry import ClientRegistry
from portcullis.settings.groups.clients import RegistryStore
from portcullis.settings.rate_plans import RatePlan
from portcullis.settings.stack_settings import StackSettings


class NoRatePlanError(MisuseError):
    """Clients that API Gateway would refuse at every call, for want of a key."""

    def __init__(self, clients: Sequence[str], plans: Sequence[str], file: str) -> None:
        super().__init__(
            f"{file}: {', '.join(clients)} {'has' if len(clients) == 1 else 'have'} no ratePlan, "
            "but the stack has rate plans, and API Gateway then refuses every call that belongs to "
            f"none. Give each of them a ratePlan: {', '.join(plans)}."
        )


@dataclass(frozen=True, kw_only=True)
class UsageKey:
    """What API Gateway counts under: one client, or all clients of a plan."""

    name: str
    plan: str


def usage_keys(settings: StackSettings, clients: ClientRegistry) -> list[UsageKey]:
    """A key per client, each with the plan's limits for itself.

    Where clients come and go without a deploy, it is a key per plan: they share its limits.

    Raises:
        NoRatePlanError: there are plans, and a client of the file names none.
    """
    plans = settings.rate_plans
    if settings.registry is RegistryStore.DYNAMODB:
        return [UsageKey(name=plan, plan=plan) for plan in plans]
    if plans and (lost := [client.id for client in clients.clients if not client.rate_plan]):
        raise NoRatePlanError(lost, sorted(plans), settings.registry_file)
    return [UsageKey(name=c.id, plan=c.rate_plan) for c in clients.clients if c.rate_plan]


@dataclass(frozen=True, kw_only=True)
class UsagePlansArgs:
    prefix: str
    rest_api_id: Input[str]
    stage_name: Input[str]
    stage: str  # the same, as the authorizer's answer spells it
    plans: Mapping[str, RatePlan]
    keys: Sequence[UsageKey]


class UsagePlans(pulumi.ComponentResource):
    """A usage plan per rate plan, and the keys that count under it. It has no outputs."""

    def __init__(
        self, name: str, args: UsagePlansArgs, opts: ResourceOptions | None = None
    ) -> None:
        super().__init__("portcullis:index:UsagePlans", name, None, opts)
        child = ResourceOptions(parent=self)
        plans = {
            plan: aws.apigateway.UsagePlan(
                f"{name}-{plan}",
                name=f"{args.prefix}-{plan}",
                description=f"What a client of the plan {plan} may call.",
                api_stages=[{"api_id": args.rest_api_id, "stage": args.stage_name}],
                throttle_settings={
                    "rate_limit": float(limits.rate_per_second),
                    "burst_limit": limits.burst,
                },
                quota_settings=(
                    None
                    if limits.quota_per_day is None
                    else {"limit": limits.quota_per_day, "period": "DAY"}
                ),
                opts=child,
            )
            for plan, limits in args.plans.items()
        }
        for counted in args.keys:
            key = aws.apigateway.ApiKey(
                f"{name}-key-{counted.name}",
                name=f"{args.prefix}-{counted.name}",
                description="Counts calls. No credential: only the authorizer's answer names it.",
                value=usage_key(args.stage, counted.name),
                opts=child,
            )
            aws.apigateway.UsagePlanKey(
                f"{name}-key-{counted.name}",
                usage_plan_id=plans[counted.plan].id,
                key_id=key.id,
                key_type="API_KEY",
                opts=child,
            )
        self.register_outputs({})
