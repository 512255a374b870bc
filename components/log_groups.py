"""The names of a stack's log groups: the components create them, `portcullis explain` reads them.

Lambda, AWS WAF and API Gateway fix the prefixes. This module must not import Pulumi.
"""


def access_log_group(prefix: str) -> str:
    return f"/aws/apigateway/{prefix}/access"


def authorizer_function_name(prefix: str) -> str:
    return f"{prefix}-authorizer"


def authorizer_log_group(prefix: str) -> str:
    return f"/aws/lambda/{authorizer_function_name(prefix)}"


def renewal_function_name(prefix: str) -> str:
    return f"{prefix}-renewal"


def renewal_log_group(prefix: str) -> str:
    return f"/aws/lambda/{renewal_function_name(prefix)}"


def web_acl_log_group(prefix: str) -> str:
    return f"aws-waf-logs-{prefix}"


def execution_log_group(api_id: str, stage_name: str) -> str:
    return f"API-Gateway-Execution-Logs_{api_id}/{stage_name}"
