"""Calls an AWS service that speaks JSON: signed, bounded in time, retried with jitter.

botocore's signer and urllib3 come with Lambda's own Python runtime. Importing this module imports
them, which takes longer than everything else here together: import it at the first call.
Sources: AWS General Reference, "Signature Version 4"; AWS Architecture Blog, "Exponential Backoff
And Jitter" (full jitter).
"""

import json
import random
import time
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, Protocol

import urllib3
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.exceptions import BotoCoreError

ATTEMPT_SECONDS = 1.0
CONNECT_SECONDS = 0.5
CREDENTIALS_SECONDS = 0.4  # an attempt at the container's endpoint, which is beside the function
FIRST_PAUSE_SECONDS = 0.05
LONGEST_PAUSE_SECONDS = 0.5
OK = 200
SERVER_ERROR = 500
# AWS answers these with a 400, and a retry may succeed; no other 400 is retried.
PASSING_ERRORS = frozenset(
    {
        "DependencyTimeoutException",
        "KeyUnavailableException",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "ThrottlingException",
    }
)


class AwsCallError(Exception):
    """The service did not answer in time, or refused. The text is a status and an error code."""


class _PassingError(Exception):
    """This attempt failed, and a retry may succeed."""


class AccessKeys(NamedTuple):
    """The credentials that the signer reads, named as botocore's own."""

    access_key: str
    secret_key: str
    token: str | None


class _Credentials(Protocol):
    def get_frozen_credentials(self) -> Any: ...


class AwsJsonClient:
    """Calls one service in one region. Keeps its connection between calls."""

    def __init__(
        self,
        *,
        service: str,
        region: str,
        endpoint: str,
        environment: Mapping[str, str],
        json_version: str = "1.1",
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._service = service
        self._region = region
        self._endpoint = endpoint
        self._environment = environment
        self._content_type = f"application/x-amz-json-{json_version}"
        self._sleep = sleep
        self._refreshed_keys: _Credentials | None = None
        self._pool = urllib3.PoolManager(
            num_pools=1,
            maxsize=1,
            cert_reqs="CERT_REQUIRED",
            ca_certs=environment.get("AWS_CA_BUNDLE") or None,
        )

    def call(self, target: str, payload: Mapping[str, Any], *, deadline: float) -> dict[str, Any]:
        """The answer, parsed. ``deadline`` counts on `time.monotonic`.

        Raises:
            AwsCallError: refused, or still failing when the deadline came.
        """
        body = json.dumps(payload, separators=(",", ":")).encode()
        failure, attempts = "no time left", 0
        while (remaining := deadline - time.monotonic()) > 0:
            attempts += 1
            try:
                return self._attempt(target, body, min(ATTEMPT_SECONDS, remaining))
            except _PassingError as error:
                failure = str(error)
            longest = min(LONGEST_PAUSE_SECONDS, FIRST_PAUSE_SECONDS * 2 ** (attempts - 1))
            pause = random.uniform(0, longest)  # noqa: S311 - not a secret
            if time.monotonic() + pause >= deadline:
                break
            self._sleep(pause)
        raise AwsCallError(f"{self._service}: {failure}, {attempts} attempts")

    def _attempt(self, target: str, body: bytes, seconds: float) -> dict[str, Any]:
        headers = self._signed_headers(target, body)
        try:
            response = self._pool.request(
                "POST",
                self._endpoint,
                body=body,
                headers=headers,
                retries=False,
                redirect=False,
                timeout=urllib3.Timeout(total=seconds, connect=min(CONNECT_SECONDS, seconds)),
            )
        except urllib3.exceptions.HTTPError as error:
            raise _PassingError(type(error).__name__) from error
        answer = _json_object(response.data)
        if response.status == OK and answer is not None:
            return answer
        code = _error_code(answer)
        failure = f"answered {response.status} {code}".rstrip()
        if response.status == OK or response.status >= SERVER_ERROR or code in PASSING_ERRORS:
            raise _PassingError(failure)
        raise AwsCallError(f"{self._service}: {failure}")

    def _signed_headers(self, target: str, body: bytes) -> dict[str, str]:
        request = AWSRequest(
            "POST",
            self._endpoint,
            headers={"Content-Type": self._content_type, "X-Amz-Target": target},
            data=body,
        )
        keys = self._access_keys()
        # The signer reads three members; its own class would import 9 ms more.
        SigV4Auth(keys, self._service, self._region).add_auth(request)  # type: ignore[arg-type]
        return dict(request.headers.items())

    def _access_keys(self) -> AccessKeys:
        """The role's keys: from the environment, or from the container endpoint.

        A function that was restored from a snapshot has none in its environment.
        """
        environment = self._environment
        if environment.get("AWS_ACCESS_KEY_ID"):
            return AccessKeys(
                environment["AWS_ACCESS_KEY_ID"],
                environment.get("AWS_SECRET_ACCESS_KEY", ""),
                environment.get("AWS_SESSION_TOKEN") or None,
            )
        try:
            if self._refreshed_keys is None:
                self._refreshed_keys = _container_credentials(environment)
            keys = self._refreshed_keys.get_frozen_credentials()
        except (BotoCoreError, OSError, KeyError, RuntimeError, TypeError, ValueError) as error:
            raise AwsCallError(f"no credentials: {type(error).__name__}") from error
        return AccessKeys(keys.access_key, keys.secret_key, keys.token)


def _container_credentials(environment: Mapping[str, str]) -> _Credentials:
    # Another 9 ms of imports, and only a restored snapshot needs them.
    from botocore.credentials import ContainerProvider  # noqa: PLC0415
    from botocore.httpsession import URLLib3Session  # noqa: PLC0415
    from botocore.utils import ContainerMetadataFetcher  # noqa: PLC0415

    # It asks three times. By itself it waits 2 seconds for each answer and 1 after each failure,
    # longer than the function may run.
    fetcher = ContainerMetadataFetcher(
        session=URLLib3Session(timeout=CREDENTIALS_SECONDS),  # type: ignore[arg-type] # any number
        sleep=lambda _: None,
    )
    # botocore's own default is such a fetcher; the stubs name another one.
    provider = ContainerProvider(environ=environment, fetcher=fetcher)  # type: ignore[arg-type]
    credentials: _Credentials | None = provider.load()
    if credentials is None:
        raise AwsCallError("no credentials: neither AWS_ACCESS_KEY_ID nor a container endpoint")
    return credentials


def _json_object(body: bytes) -> dict[str, Any] | None:
    try:
        answer = json.loads(body)
    except ValueError:
        return None
    return answer if isinstance(answer, dict) else None


def _error_code(answer: Mapping[str, Any] | None) -> str:
    """``com.amazonaws.kms#DisabledException`` is a DisabledException; empty for anything else."""
    named = (answer or {}).get("__type")
    code = named.rpartition("#")[2] if isinstance(named, str) else ""
    return code if code.isascii() and code.isalnum() else ""
