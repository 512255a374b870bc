"""AWS clients of the default credential chain. Every call is bounded by a timeout."""

from collections.abc import Callable, Iterator
from functools import cache, cached_property
from typing import Any, Final

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from portcullis.doctor.diagnosis import Diagnosis, fail, warn

CONNECT_SECONDS: Final = 3
READ_SECONDS: Final = 5
CONNECT: Final = "Check network, proxy and AWS_ENDPOINT_URL"
_DENIED: Final = frozenset({"AccessDenied", "AccessDeniedException", "UnauthorizedOperation"})


class AwsAccess:
    """Clients by service, for one region."""

    def __init__(self, region: str) -> None:
        self.region = region
        self.client = cache(self._client)

    @cached_property
    def _session(self) -> boto3.Session:
        """Raises BotoCoreError for a profile that does not exist."""
        return boto3.Session(region_name=self.region)

    def has_credentials(self) -> bool:
        """Raises BotoCoreError where a configured source of credentials is broken."""
        return self._session.get_credentials() is not None

    @property
    def partition(self) -> str:
        """Raises BotoCoreError for a region that is in no partition."""
        return str(self._session.get_partition_for_region(self.region))

    def _client(self, service: str) -> Any:
        client: Any = self._session.client(  # type: ignore[call-overload] # any service
            service,
            config=Config(
                connect_timeout=CONNECT_SECONDS,
                read_timeout=READ_SECONDS,
                retries={"total_max_attempts": 1},
            ),
        )
        return client


AwsCheck = Callable[[], Iterator[Diagnosis]]


def bounded(name: str, check: AwsCheck) -> Iterator[Diagnosis]:
    """The check's lines; a call that AWS refuses, or that does not reach it, is a line too."""
    try:
        yield from check()
    except ClientError as error:
        code = str(error.response.get("Error", {}).get("Code", "unknown error"))
        if code in _DENIED:
            yield warn(
                name,
                f"these credentials may not call {error.operation_name}",
                "Give the role this right, or check it in the console",
            )
        else:
            yield fail(name, f"{error.operation_name} was refused: {code}")
    except (BotoCoreError, ValueError) as error:  # ValueError: an endpoint that is no URL
        yield warn(name, f"AWS cannot be asked: {error}", CONNECT)
