"""The signing keys of an exported graph, replaced by keys that this machine can sign with."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from portcullis.graph.resource import Graph
from portcullis.laptop.exported.code import FUNCTION
from portcullis.laptop.exported.errors import SubstitutionError

KMS_KEY = "aws:kms/key:Key"
SIGNING = {"customerMasterKeySpec": "ECC_NIST_P256", "keyUsage": "SIGN_VERIFY"}
RSA_SPEC = "RSA_2048"


@dataclass(frozen=True, kw_only=True)
class ExportedKey:
    """A key's ARN and its public half as in the JWKS."""

    arn: str
    kid: str
    x: str
    y: str


def signing_keys(graph: Graph) -> list[ExportedKey]:
    """The graph's signing keys with their public halves from the output ``jwks``.

    Raises:
        SubstitutionError: a key whose public half is not known.
    """
    rsa = [r for r in graph.of_type(KMS_KEY) if r.property("customerMasterKeySpec") == RSA_SPEC]
    if rsa:
        raise SubstitutionError(
            f"Signing key {rsa[0].name} is an RSA key, and this command replaces P-256 keys only. "
            "Run the stack's program instead: portcullis up --stack NAME"
        )
    keys = [
        r for r in graph.of_type(KMS_KEY) if all(r.property(k) == v for k, v in SIGNING.items())
    ]
    exported = graph.stack_outputs.get("jwks")
    listed = exported.get("keys") if isinstance(exported, Mapping) else None
    jwks = [jwk for jwk in listed or () if isinstance(jwk, Mapping)]
    published = []
    for key in keys:
        arn = str(key.property("arn"))
        matching = [jwk for jwk in jwks if _names_both(graph, arn, str(jwk.get("kid")))]
        if len(keys) == 1 and len(jwks) == 1:
            matching = jwks
        if len(matching) != 1:
            raise SubstitutionError(
                f"The public half of signing key {key.name} ({arn}) is not known: the stack output "
                f"`jwks` has {len(jwks)} keys for {len(keys)} signing keys, and no function's "
                "environment names one of each. Finish the rotation first: portcullis keys rotate"
            )
        (jwk,) = matching
        if not {"kid", "x", "y"} <= set(jwk):
            raise SubstitutionError(
                f"The JWK of {key.name} in the output `jwks` lacks kid, x or y."
            )
        names = {name: str(jwk[name]) for name in ("kid", "x", "y")}
        published.append(ExportedKey(arn=arn, **names))
    return published


def with_signing_keys(
    graph: Graph, substitutes: Sequence[tuple[ExportedKey, ExportedKey]]
) -> Graph:
    """Each first key's ARN and public half are replaced by the second one's, wherever they are."""
    names = {
        old: new
        for before, after in substitutes
        for old, new in (
            (before.arn, after.arn),
            (before.kid, after.kid),
            (before.x, after.x),
            (before.y, after.y),
        )
    }

    def substitute(value: Any) -> Any:
        if isinstance(value, str):
            return names.get(value, value)
        if isinstance(value, Mapping):
            return {key: substitute(item) for key, item in value.items()}
        if isinstance(value, list):
            return [substitute(item) for item in value]
        return value

    return replace(
        graph,
        resources=tuple(
            replace(r, inputs=substitute(r.inputs), outputs=substitute(r.outputs))
            for r in graph.resources
        ),
        stack_outputs=substitute(graph.stack_outputs),
    )


def _names_both(graph: Graph, arn: str, kid: str) -> bool:
    for function in graph.of_type(FUNCTION):
        environment = function.property("environment")
        variables = environment.get("variables") if isinstance(environment, Mapping) else None
        if isinstance(variables, Mapping) and {arn, kid} <= set(variables.values()):
            return True
    return False
