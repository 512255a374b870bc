"""Reads the authorizers and API key requirements of an OpenAPI body.

Source: API Gateway Developer Guide, "x-amazon-apigateway-authorizer object".
"""

from dataclasses import dataclass

from portcullis.gateway.resources.arn import FunctionArn, function_of_invocation_uri
from portcullis.gateway.resources.extensions import EXTENSION, check_extensions
from portcullis.gateway.resources.properties import Block
from portcullis.gateway.resources.unsupported import UnsupportedError

MAX_TTL_SECONDS = 3600  # API Gateway API Reference, CreateAuthorizer
DEFAULT_TTL_SECONDS = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class LambdaAuthorizer:
    """A Lambda authorizer of type REQUEST."""

    name: str
    function: FunctionArn
    ttl_seconds: int
    identity_sources: tuple[str, ...]
    place: str


class SecuritySchemes:
    """The ``securitySchemes`` of one OpenAPI body."""

    def __init__(self, schemes: Block) -> None:
        self._schemes = schemes
        self._authorizers: dict[str, LambdaAuthorizer | None] = {}

    def required_by(self, operation: Block, root: Block) -> tuple[LambdaAuthorizer | None, bool]:
        auth = operation.block(f"{EXTENSION}auth")
        if auth is not None and auth.required_text("type").upper() != "NONE":
            raise UnsupportedError(
                auth.place, f"the authorization type {auth.text('type')} is not emulated"
            )
        # Captured: API Gateway applies the security at the root to operations without their own.
        # An empty list at the operation means none.
        own = operation.values.get("security")
        holder = operation if own is not None else root
        if auth is not None:
            return None, False
        authorizer: LambdaAuthorizer | None = None
        needs_key = False
        requirements = holder.blocks("security")
        if len(requirements) > 1 and any(not r.values for r in requirements):
            raise UnsupportedError(operation.place, "optional security is not emulated")
        for requirement in requirements:
            for name, scopes in requirement.values.items():
                if scopes:
                    raise UnsupportedError(
                        operation.place,
                        f"security {name!r} lists scopes, which API Gateway reads as Cognito's",
                    )
                found = self._scheme(name, operation)
                if found is None:
                    needs_key = True
                elif authorizer is not None and authorizer.name != found.name:
                    raise UnsupportedError(
                        operation.place, "it has two authorizers, but API Gateway allows one"
                    )
                else:
                    authorizer = found
        return authorizer, needs_key

    def _scheme(self, name: str, operation: Block) -> LambdaAuthorizer | None:
        """The authorizer of a security scheme, or None if the scheme is an API key."""
        if name not in self._authorizers:
            scheme = self._schemes.block(name)
            if scheme is None:
                raise UnsupportedError(
                    operation.place, f"the security scheme {name!r} does not exist"
                )
            self._authorizers[name] = self._read_scheme(name, scheme)
        return self._authorizers[name]

    def _read_scheme(self, name: str, scheme: Block) -> LambdaAuthorizer | None:
        check_extensions(scheme, {"authtype", "authorizer"})
        kind = scheme.text(f"{EXTENSION}authtype")
        block = scheme.block(f"{EXTENSION}authorizer")
        if block is None and kind is None and _is_api_key(scheme):
            return None
        if block is None or kind not in {"custom", None}:
            raise UnsupportedError(
                scheme.place, f"security scheme {name!r} ({kind or scheme.text('type')})"
            )
        return read_authorizer(name, block)


def read_authorizer(name: str, block: Block) -> LambdaAuthorizer:
    """Raises UnsupportedError, also for caching without identity sources, which AWS refuses."""
    block.only("type", "authorizerUri", "authorizerResultTtlInSeconds", "identitySource")
    kind = block.required_text("type")
    if kind.lower() != "request":
        raise UnsupportedError(block.place, f"an authorizer of type {kind.upper()} is not emulated")
    uri = block.required_text("authorizerUri")
    function = function_of_invocation_uri(uri)
    if function is None:
        raise UnsupportedError(block.place, f"its authorizerUri {uri} is not a Lambda invocation")
    ttl = block.integer("authorizerResultTtlInSeconds")
    ttl = DEFAULT_TTL_SECONDS if ttl is None else ttl
    if not 0 <= ttl <= MAX_TTL_SECONDS:
        raise UnsupportedError(
            block.place, f"authorizerResultTtlInSeconds must be 0 to {MAX_TTL_SECONDS}, not {ttl}"
        )
    written = block.text("identitySource") or ""
    sources = tuple(s.strip() for s in written.split(",") if s.strip())
    if ttl and not sources:
        raise UnsupportedError(
            block.place,
            "it caches results but has no identity source, which API Gateway refuses",
            "Set authorizerResultTtlInSeconds to 0, or set identitySource.",
        )
    return LambdaAuthorizer(
        name=name, function=function, ttl_seconds=ttl, identity_sources=sources, place=block.place
    )


def _is_api_key(scheme: Block) -> bool:
    return (
        scheme.text("type") == "apiKey"
        and scheme.text("in") == "header"
        and (scheme.text("name") or "").lower() == "x-api-key"
    )
