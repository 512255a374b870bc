"""Answers registrations and lookups from tables. A type or token that is not listed is an error.

An empty answer would let a program continue with values that AWS never returns.
"""

import base64
from collections.abc import Callable, Mapping
from typing import Any

from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_der_public_key,
)

from portcullis.errors import PortcullisError
from portcullis.standin import outputs
from portcullis.standin.location import Location
from portcullis.standin.signing_keys import SigningKeys

KEY_TYPE = "aws:kms/key:Key"
KEY_LOOKUP = "aws:kms/getPublicKey:getPublicKey"


class UnlistedResourceError(PortcullisError):
    def __init__(self, resource_type: str, name: str) -> None:
        super().__init__(
            f"The stand-in does not know what AWS answers for {resource_type} ({name!r}). "
            "Add its computed outputs to the table in portcullis/standin/outputs.py."
        )


class UnlistedLookupError(PortcullisError):
    def __init__(self, token: str) -> None:
        super().__init__(
            f"The stand-in does not know what AWS answers to the lookup {token}. "
            "Add it to the table in portcullis/standin/stand_in.py."
        )


class StandIn:
    """One account in one region."""

    def __init__(self, *, region: str, account: str, keys: SigningKeys) -> None:
        self._location = Location(region=region, account=account)
        self._keys = keys
        self._lookups: Mapping[str, Callable[[Mapping[str, Any]], dict[str, Any]]] = {
            "aws:index/getCallerIdentity:getCallerIdentity": self._caller_identity,
            KEY_LOOKUP: self._public_key,
        }

    def outputs(
        self, resource_type: str, name: str, inputs: Mapping[str, Any]
    ) -> tuple[str, dict[str, Any]]:
        """The id of a resource, and its inputs together with the computed outputs.

        Raises:
            UnlistedResourceError: the type is not in the table.
        """
        if resource_type == KEY_TYPE:
            created = outputs.key(self._location, self._create_key(name, inputs))
        elif compute := outputs.TABLE.get(resource_type):
            created = compute(self._location, name, inputs)
        else:
            raise UnlistedResourceError(resource_type, name)
        return created.id, {**inputs, **created.computed}

    def lookup(self, token: str, args: Mapping[str, Any]) -> dict[str, Any]:
        """The result of a data source.

        Raises:
            UnlistedLookupError: the token is not in the table.
        """
        try:
            answer = self._lookups[token]
        except KeyError:
            raise UnlistedLookupError(token) from None
        return answer(args)

    def key_arn(self, key_id: str) -> str:
        return self._location.arn("kms", f"key/{key_id}")

    def _create_key(self, name: str, inputs: Mapping[str, Any]) -> str:
        return self._keys.create(name, {**inputs, "region": self._location.region})

    def _caller_identity(self, _: Mapping[str, Any]) -> dict[str, Any]:
        account = self._location.account
        return {
            "id": account,
            "accountId": account,
            "arn": f"arn:aws:iam::{account}:user/laptop",
            "userId": "AIDASTANDINSTANDIN00",
        }

    def _public_key(self, args: Mapping[str, Any]) -> dict[str, Any]:
        key_id = str(args["keyId"])
        der = self._keys.public_key_der(key_id)
        pem = load_der_public_key(der).public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        return {
            **args,
            "id": key_id,
            "arn": key_id,
            "customerMasterKeySpec": "ECC_NIST_P256",
            "keyUsage": "SIGN_VERIFY",
            "signingAlgorithms": ["ECDSA_SHA_256"],
            "encryptionAlgorithms": [],
            "publicKey": base64.b64encode(der).decode(),
            "publicKeyPem": pem.decode(),
            "region": self._location.region,
        }
