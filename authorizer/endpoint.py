"""The address of an AWS service."""

from collections.abc import Mapping

# AWS General Reference, "AWS service endpoints"; a partition not listed here needs an override.
DNS_SUFFIXES = {"aws": "amazonaws.com", "aws-us-gov": "amazonaws.com", "aws-cn": "amazonaws.com.cn"}


def endpoint(
    service: str, *, region: str, partition: str, environment: Mapping[str, str]
) -> str | None:
    """``AWS_ENDPOINT_URL_<SERVICE>`` or AWS's own address; None in an unknown partition."""
    override = environment.get(f"AWS_ENDPOINT_URL_{service.upper()}")
    if override:
        return override.rstrip("/") + "/"
    suffix = DNS_SUFFIXES.get(partition)
    return f"https://{service}.{region}.{suffix}/" if suffix else None
