"""Answers resource registrations as the AWS provider would, without an AWS account."""

from portcullis.standin.signing_keys import LocalKeys, SigningKeys
from portcullis.standin.stand_in import StandIn, UnlistedLookupError, UnlistedResourceError

__all__ = ["LocalKeys", "SigningKeys", "StandIn", "UnlistedLookupError", "UnlistedResourceError"]
