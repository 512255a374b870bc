"""Answers registrations and lookups from tables. A type or token that is not listed is an error.

An empty answer would let a program continue with values that AWS never returns.
"""

import base64
from collections.abc import Callable, Mapping
from itertools import count
from threading import Lock
from typing import Any

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_der_public_key

from portcullis.errors import ExitCode, PortcullisError
from portcullis.standin.account import Account, Held, existing, key_of, of_type
from portcullis.standin.conflicts import check_create, check_delete
from portcullis.standin.existing import outputs_of_id
from portcullis.standin.journal import AwsOperation, Verb, applied
from portcullis.standin.location import Location
from portcullis.standin.outputs import INVENTED_ID, TABLE, Created
from portcullis.standin.policy_document import POLICY_DOCUMENT_LOOKUP, policy_document
from portcullis.standin.replacement import AUTO_NAMED
from portcullis.standin.signing_keys import SigningKeys
from portcullis.standin.updates import updated

KEY_TYPE = "aws:kms/key:Key"
RSA_ALGORITHMS = tuple(
    f"RSASSA_{scheme}_SHA_{bits}" for scheme in ("PKCS1_V1_5", "PSS") for bits in (256, 384, 512)
)
KEY_LOOKUP = "aws:kms/getPublicKey:getPublicKey"


class UnlistedResourceError(PortcullisError):
    exit_code = ExitCode.MISUSE  # nothing was judged

    def __init__(self, resource_type: str, name: str) -> None:
        super().__init__(
            f"The stand-in does not know what AWS answers for {resource_type} ({name!r}). "
            "Add its computed outputs to portcullis/standin/outputs.yaml."
        )


class UnlistedLookupError(PortcullisError):
    exit_code = ExitCode.MISUSE

    def __init__(self, token: str) -> None:
        super().__init__(
            f"The stand-in does not know what AWS answers to the lookup {token}. "
            "Add it to the table in portcullis/standin/stand_in.py."
        )


class StandIn:
    """One account in one region. Operations change ``account`` or are refused as AWS refuses them.

    Args:
        existing_account: the resources that exist already, for example from an earlier update.
        on_operation: called with each accepted operation, in order.
    """

    def __init__(
        self,
        *,
        region: str,
        account: str,
        keys: SigningKeys,
        existing_account: Account | None = None,
        on_operation: Callable[[AwsOperation], None] = lambda _: None,
    ) -> None:
        self._location = Location(region=region, account=account)
        self._keys = keys
        self.account: Account = existing_account or {}
        self._on_operation = on_operation
        self._lock = Lock()  # an engine creates resources in parallel
        self._lookups: Mapping[str, Callable[[Mapping[str, Any]], dict[str, Any]]] = {
            "aws:index/getAvailabilityZones:getAvailabilityZones": self._availability_zones,
            "aws:index/getCallerIdentity:getCallerIdentity": self._caller_identity,
            "aws:index/getPartition:getPartition": self._partition,
            "aws:index/getRegion:getRegion": self._region,
            POLICY_DOCUMENT_LOOKUP: policy_document,
            KEY_LOOKUP: self._public_key,
        }

    def outputs(
        self, resource_type: str, name: str, inputs: Mapping[str, Any]
    ) -> tuple[str, dict[str, Any]]:
        """Create a resource: its id, and its inputs together with the computed outputs.

        Raises:
            UnlistedResourceError: the type is not in the table.
            AwsRefusedError: AWS would refuse the creation.
        """
        with self._lock:
            found = existing(self.account, resource_type, inputs)
            created = found or self._new(resource_type, name, inputs)
            if found is None:
                check_create(self.account, created)
            self._apply(Verb.CREATE, name, created)
            return created.id, dict(created.properties)

    def read(self, resource_type: str, id_: str) -> dict[str, Any]:
        """What an id says about a resource that the program reads. See :mod:`.existing`."""
        return outputs_of_id(self._location, resource_type, id_)

    def update(
        self,
        resource_type: str,
        name: str,
        resource_id: str,
        *,
        old: Mapping[str, Any],
        old_inputs: Mapping[str, Any],
        inputs: Mapping[str, Any],
    ) -> dict[str, Any]:
        """Update a resource in place, and return its new outputs; ``old`` are those before."""
        if resource_type not in TABLE:
            raise UnlistedResourceError(resource_type, name)
        with self._lock:
            properties = updated(
                self._location,
                resource_type,
                name,
                old=old,
                old_inputs=old_inputs,
                inputs=inputs,
            )
            held = Held(type=resource_type, id=resource_id, properties=properties)
            self._apply(Verb.UPDATE, name, held)
            return properties

    def delete(
        self, resource_type: str, name: str, resource_id: str, old: Mapping[str, Any]
    ) -> None:
        """Delete a resource.

        Raises:
            AwsRefusedError: another resource uses it.
        """
        with self._lock:
            found = self.account.get(key_of(resource_type, resource_id, old))
            if found is not None:  # deleting what is gone already succeeds
                check_delete(self.account, found)
            held = Held(type=resource_type, id=resource_id, properties=old)
            self._apply(Verb.DELETE, name, held)

    def _apply(self, verb: Verb, name: str, held: Held) -> None:
        operation = AwsOperation(
            verb=verb, type=held.type, id=held.id, name=name, properties=held.properties
        )
        self.account = applied(self.account, operation)
        self._on_operation(operation)

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

    def _new(self, resource_type: str, name: str, inputs: Mapping[str, Any]) -> Held:
        """The resource, with an unused id if AWS chooses it and an unused name if Pulumi does."""
        for number in count():
            # The first one has the id that follows from the name alone.
            seed = f"{name}#{number}" if number else name
            created = self._compute(resource_type, name, seed, inputs)
            held = Held(
                type=resource_type, id=created.id, properties={**inputs, **created.computed}
            )
            if not self._collides(held, inputs):
                return held
        raise AssertionError  # count() has no end

    def _collides(self, held: Held, inputs: Mapping[str, Any]) -> bool:
        """Whether an id or name that the program does not choose is in use."""
        name = AUTO_NAMED.get(held.type, "")
        is_generated = bool(name) and name not in inputs
        taken = key_of(held.type, held.id, held.properties) in self.account
        named = is_generated and any(
            other[name] == held[name] for other in of_type(self.account, held.type)
        )
        return named or (taken and (is_generated or held.type in INVENTED_ID))

    def _compute(
        self, resource_type: str, name: str, seed: str, inputs: Mapping[str, Any]
    ) -> Created:
        if resource_type == KEY_TYPE:
            key_id = self._keys.create(seed, {**inputs, "region": self._location.region})
            inputs = {**inputs, "keyId": key_id}
        if resource_type not in TABLE:
            raise UnlistedResourceError(resource_type, name)
        return TABLE[resource_type](self._location, seed, inputs)

    def _caller_identity(self, _: Mapping[str, Any]) -> dict[str, Any]:
        account = self._location.account
        return {
            "id": account,
            "accountId": account,
            "arn": f"arn:aws:iam::{account}:user/laptop",
            "userId": "AIDASTANDINSTANDIN00",
        }

    def _availability_zones(self, args: Mapping[str, Any]) -> dict[str, Any]:
        region = str(args.get("region") or self._location.region)
        return {
            **args,
            "id": region,
            "names": [f"{region}{letter}" for letter in "abc"],
            "zoneIds": [f"{region}-az{number}" for number in (1, 2, 3)],
            "groupNames": [region],
            "region": region,
        }

    def _partition(self, _: Mapping[str, Any]) -> dict[str, Any]:
        suffix = self._location.dns_suffix
        return {
            "id": self._location.partition,
            "partition": self._location.partition,
            "dnsSuffix": suffix,
            "reverseDnsPrefix": ".".join(reversed(suffix.split("."))),
        }

    def _region(self, args: Mapping[str, Any]) -> dict[str, Any]:
        region = str(args.get("region") or self._location.region)
        return {
            "id": region,
            "name": region,
            "region": region,
            "description": region,
            "endpoint": f"ec2.{region}.{self._location.dns_suffix}",
        }

    def _public_key(self, args: Mapping[str, Any]) -> dict[str, Any]:
        key_id = str(args["keyId"])
        der = self._keys.public_key_der(key_id)
        public = load_der_public_key(der)
        pem = public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        is_rsa = isinstance(public, RSAPublicKey)
        return {
            **args,
            "id": key_id,
            "arn": key_id,
            "customerMasterKeySpec": "RSA_2048" if is_rsa else "ECC_NIST_P256",
            "keyUsage": "SIGN_VERIFY",
            "signingAlgorithms": list(RSA_ALGORITHMS) if is_rsa else ["ECDSA_SHA_256"],
            "encryptionAlgorithms": [],
            "publicKey": base64.b64encode(der).decode(),
            "publicKeyPem": pem.decode(),
            "region": self._location.region,
        }
