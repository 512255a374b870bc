"""What AWS would answer to a deploy: one outputs table, for tests, the laptop and a provider."""

from portcullis.standin.signing_keys import LocalKeys, SigningKeys
from portcullis.standin.stand_in import StandIn, UnlistedLookupError, UnlistedResourceError

__all__ = ["LocalKeys", "SigningKeys", "StandIn", "UnlistedLookupError", "UnlistedResourceError"]
