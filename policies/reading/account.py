"""Finds out which AWS account a stack is deployed to, so that foreign accounts are recognised.

An update knows the ARNs of the stack's resources. A preview of a new stack knows none of them, only
the accounts that the program writes out: then it is the account that is written most often.
"""

import re
from collections import Counter

from policies.reading import types
from policies.reading.node import Node
from policies.reading.place import is_same_place, regions_of
from policies.reading.resource import JudgedResource, Stack, once_per_stack

PROVIDER = "pulumi:providers:aws"
ACCOUNT_ID = re.compile(r"\d{12}")
REGION_OF_ARN = re.compile(r"\barn:aws[a-z-]*:[a-z0-9-]+:([a-z0-9-]+):\d{12}:")
OF_ARN = re.compile(r"\barn:aws[a-z-]*:[a-z0-9-]+:[a-z0-9-]*:(\d{12}):")
# Resources whose ARN contains the account, and whose inputs do not include that ARN.
WITH_ARN = (types.IAM_ROLE, types.FUNCTION, types.KMS_KEY)
# Properties in which a program writes ARNs of its own account.
WITH_TEXT = {
    types.REST_API: "body",
    types.REST_API_PUT: "body",
    types.REST_AUTHORIZER: "authorizerUri",
    types.REST_STAGE: "accessLogSettings",
    types.FUNCTION: "role",
    types.KMS_KEY: "policy",
    types.KMS_KEY_POLICY: "policy",
    types.IAM_ROLE: "assumeRolePolicy",
    types.ROLE_POLICY: "policy",
    types.WEB_ACL_LOGGING: "logDestinationConfigs",
}


def is_own_account(account: str, stack: Stack) -> bool:
    """Whether an account id is the one that the stack is deployed to.

    False if the stack names no account at all: then nothing shows whose account it is.
    """
    return account in _own_accounts(stack)


def is_in_region(function: JudgedResource, region: str, stack: Stack) -> bool:
    """Whether a function of the stack may be in a region.

    Where neither its provider nor its ARN tells, it is the region that the program writes most
    often; true if the program writes none.
    """
    known = {*regions_of(function)}
    if function["arn"].is_text:
        known.update(REGION_OF_ARN.findall(function["arn"].text()))
    return region in (known or _written_regions(stack) or {region})


def account_of_arn(arn: str) -> str:
    """The account id in an ARN; empty if the text is not an ARN, or names several accounts."""
    parts = arn.split(":", 5)
    account = parts[4] if len(parts) == 6 and parts[0] == "arn" else ""  # noqa: PLR2004 - an ARN's parts
    return account if ACCOUNT_ID.fullmatch(account) else ""


def is_foreign(arn: str, stack: Stack, resource: JudgedResource) -> bool:
    """Whether a text is an ARN or id of an account that is neither the stack's nor trusted."""
    account = arn if ACCOUNT_ID.fullmatch(arn) else account_of_arn(arn)
    if not account or is_own_account(account, stack):
        return False
    return not any(stack.trusts_name("principals", name, resource) for name in (account, arn))


@once_per_stack
def _own_accounts(stack: Stack) -> frozenset[str]:
    """The account of the APIs: a program may have providers for other accounts as well."""
    apis = stack.of_type(types.REST_API, types.HTTP_API)

    def beside_apis(*types_: str) -> list[JudgedResource]:
        found = stack.of_type(*types_)
        return [one for one in found if not apis or is_same_place(one, apis[0], region=False)]

    settings = [one.provider for one in apis if one.provider is not None]
    if not apis:
        settings = [provider.properties for provider in stack.of_type(PROVIDER)]
    allowed = [account for one in settings for account in _ids(one["allowedAccountIds"])]
    if allowed:
        return frozenset(allowed)
    created = {
        account_of_arn(resource["arn"].text())
        for resource in beside_apis(*WITH_ARN)
        if resource["arn"].is_text
    } - {""}
    if created:
        return frozenset(created)
    # Counted once for each resource: a long document must not outvote the others.
    written = Counter(
        account for resource in beside_apis(*WITH_TEXT) for account in _written(resource)
    )
    return frozenset({written.most_common(1)[0][0]} if written else ())


@once_per_stack
def _written_regions(stack: Stack) -> frozenset[str]:
    written = Counter(
        region
        for one in stack.of_type(*WITH_TEXT)
        for region in frozenset(REGION_OF_ARN.findall("\n".join(_texts(one))))
    )
    return frozenset({written.most_common(1)[0][0]} if written else ())


def _ids(node: Node) -> list[str]:
    """The account ids of a provider's setting, which the engine passes on as a JSON string."""
    return [id_ for leaf in node.leaves() for id_ in ACCOUNT_ID.findall(str(leaf.leaf()))]


def _written(resource: JudgedResource) -> frozenset[str]:
    return frozenset(account for text in _texts(resource) for account in OF_ARN.findall(text))


def _texts(resource: JudgedResource) -> list[str]:
    leaves = resource[WITH_TEXT[resource.type]].leaves()
    return [text for leaf in leaves if isinstance(text := leaf.leaf(), str)]
