"""Checks the account's quotas: Lambda concurrency, API keys.

Sources: Lambda Developer Guide, "Configuring reserved concurrency for a function" and "Lambda
quotas"; API Gateway Developer Guide, "Quotas for configuring and running a REST API".
"""

from collections.abc import Iterator

from botocore.exceptions import ClientError

from portcullis import registry
from portcullis.doctor.aws_access import AwsAccess
from portcullis.doctor.diagnosis import Diagnosis, fail, ok, warn
from portcullis.doctor.stack_under_check import StackUnderCheck
from portcullis.registry import RegistryError

MIN_UNRESERVED = 100  # AWS keeps so many executions unreserved
MAX_API_KEYS = 10_000  # per account and region; cannot be increased
PAGE = 500
INCREASE = (
    'Request an increase of Lambda\'s "Concurrent executions" (L-B99A9384): aws service-quotas '
    "request-service-quota-increase --service-code lambda --quota-code L-B99A9384 --desired-value "
)


def check_concurrency(aws: AwsAccess, stack: StackUnderCheck) -> Iterator[Diagnosis]:
    if stack.authorizer is None or stack.location is None:
        return  # reported with the settings
    function = f"{stack.location.name}-authorizer"
    limit = aws.client("lambda").get_account_settings()["AccountLimit"]
    total = limit["ConcurrentExecutions"]
    available = limit["UnreservedConcurrentExecutions"] + _reserved(aws, function)
    wanted = stack.authorizer.reserved_concurrency
    text = f"{total} concurrent executions in the account, {available} not reserved by others"
    missing = wanted + MIN_UNRESERVED - available
    if wanted and missing > 0:
        yield fail(
            "lambda concurrency",
            f"{text}; reservedConcurrency {wanted} leaves fewer than {MIN_UNRESERVED} unreserved",
            f"{INCREASE}{total + missing}, or lower portcullis:reservedConcurrency",
        )
    elif available < MIN_UNRESERVED:
        yield warn(
            "lambda concurrency",
            f"{text}; calls above that number at one time get a 500",
            f"{INCREASE}1000",
        )
    else:
        yield ok("lambda concurrency", f"{text}; reservedConcurrency {wanted}")


def _reserved(aws: AwsAccess, function: str) -> int:
    """What the deployed function holds already; 0 before the first deploy."""
    try:
        answer = aws.client("lambda").get_function_concurrency(FunctionName=function)
    except ClientError as error:
        if error.response.get("Error", {}).get("Code") == "ResourceNotFoundException":
            return 0
        raise
    return int(answer.get("ReservedConcurrentExecutions", 0))


def check_api_keys(aws: AwsAccess, stack: StackUnderCheck) -> Iterator[Diagnosis]:
    """With rate plans, every client has an API key."""
    if stack.clients is None or stack.location is None or not stack.clients.rate_plans:
        return
    try:
        clients = registry.load(stack.registry_file(stack.clients), known_scopes=None).clients
    except RegistryError:
        return  # reported with the stack's files
    paginator = aws.client("apigateway").get_paginator("get_api_keys")
    names = [
        key.get("name", "")
        for page in paginator.paginate(PaginationConfig={"PageSize": PAGE})
        for key in page["items"]
    ]
    own = sum(name.startswith(f"{stack.location.name}-") for name in names)
    needed = len(names) - own + len(clients)
    text = f"{len(names)} of {MAX_API_KEYS:,} API keys exist, this stack needs {len(clients)}"
    if needed > MAX_API_KEYS:
        yield fail("api keys", text, "The quota is fixed: use another region or account")
    else:
        yield ok("api keys", text)
