"""Usage plans: how much each client may call, counted by API Gateway under the client's own key.

The key is not a credential. With ``x-amazon-apigateway-api-key-source: AUTHORIZER`` API Gateway
takes it from the authorizer's answer only and never from the caller; it is a name to count under.
Source: API Gateway Developer Guide, "Usage plans and API keys for REST APIs" and "Choose an API
key source".
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws
from pulumi import Input, ResourceOptions

from authorizer.usage import usage_key
from components.arguments import NamedArgs
from portcullis.errors import MisuseError


@dataclass(frozen=True, kw_only=True)
class UsageKey:
    """What API Gateway counts calls under: one client, or all clients of a plan."""

    name: str
    plan: str


@dataclass(frozen=True, kw_only=True)
class PlanLimits:
    """What each client of a plan may call; with clients in a table, all of the plan together."""

    rate_per_second: int
    """Calls per second, 1 to 10,000."""

    burst: int
    """How many calls a short peak may have, 1 to 5,000."""

    quota_per_day: int | None = None
    """Calls per day; no limit if left out."""


def keys_by_client(
    plans: Collection[str], plan_of_client: Mapping[str, str | None], *, file: str
) -> list[UsageKey]:
    """A key per client, each with its plan's limits for itself.

    Raises:
        MisuseError: there are plans, and a client of ``file`` names none.
    """
    if plans and (without := [client for client, plan in plan_of_client.items() if not plan]):
        raise MisuseError(
            f"{file}: {', '.join(without)} {'has' if len(without) == 1 else 'have'} no ratePlan, "
            "but the stack has rate plans, and API Gateway then refuses every call that belongs to "
            f"none of them. Give each of them a ratePlan: {', '.join(sorted(plans))}."
        )
    return [UsageKey(name=client, plan=plan) for client, plan in plan_of_client.items() if plan]


def keys_by_plan(plans: Collection[str]) -> list[UsageKey]:
    """A key per plan, for clients that change without a deploy: they share the plan's limits."""
    return [UsageKey(name=plan, plan=plan) for plan in plans]


@dataclass(frozen=True, kw_only=True)
class UsagePlansArgs(NamedArgs):
    rest_api_id: Input[str]
    """The REST API's id."""

    stage_name: Input[str]
    """The stage in which calls are counted."""

    stage: str
    """The stage's name, known at preview: the keys' values contain it."""

    plans: Mapping[str, PlanLimits]
    """The plans by name."""

    keys: Sequence[UsageKey]
    """What calls are counted under, each with its plan."""


class UsagePlans(pulumi.ComponentResource):
    """A usage plan per rate plan, and its API keys. It has no outputs."""

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
                # A key belongs to one plan per stage: joining a second one is a conflict.
                opts=ResourceOptions(parent=self, delete_before_replace=True),
            )
        self.register_outputs({})
