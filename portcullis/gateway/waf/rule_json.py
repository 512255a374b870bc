"""Translates rules in AWS's JSON (``ruleJson``) into the provider's property names.

Source: AWS WAF API Reference, Rule.
"""

import json
import re
from collections.abc import Mapping
from typing import Any

from portcullis.gateway.resources.properties import Block
from portcullis.gateway.resources.unsupported import UnsupportedError

_SPELLINGS = {
    "ARN": "arn",
    "IPSetReferenceStatement": "ipSetReferenceStatement",
    "IPSetForwardedIPConfig": "ipSetForwardedIpConfig",
    "ForwardedIPConfig": "forwardedIpConfig",
    "JA3Fingerprint": "ja3Fingerprint",
    "JA4Fingerprint": "ja4Fingerprint",
    "HeaderOrder": "headerOrders",
}
_KEY = re.compile(r"[A-Z][A-Za-z0-9]*")


def with_rules(block: Block) -> Block:
    """The resource with its rules in ``rules``, also if they are written as AWS's JSON."""
    written = block.text("ruleJson") or block.text("rulesJson")  # of a web ACL, of a rule group
    if written is None:
        return block
    place = f"{block.place}, ruleJson"
    if block.blocks("rules"):
        raise UnsupportedError(place, "the resource also has rules")
    try:
        parsed = json.loads(written)
    except ValueError:
        raise UnsupportedError(place, "it is not JSON") from None
    if not isinstance(parsed, list):
        raise UnsupportedError(place, "it must be a list of rules")
    rules = [_from_aws(rule, place) for rule in parsed]
    return Block({**block.values, "rules": rules}, block.place)


def _from_aws(value: Any, place: str) -> Any:
    """AWS's names (``UriPath``) as the provider's (``uriPath``)."""
    if isinstance(value, list):
        return [_from_aws(v, place) for v in value]
    if not isinstance(value, Mapping):
        return value
    spelled: dict[str, Any] = {}
    for key, inner in value.items():
        if not isinstance(key, str) or not _KEY.fullmatch(key):
            raise UnsupportedError(place, f"the key {key!r} is not a name of AWS's API")
        if key == "SearchString":
            raise UnsupportedError(
                place,
                "SearchString may be plain text or base64, which cannot be distinguished",
                "Write the rule in the rules property.",
            )
        name = _SPELLINGS.get(key, key[0].lower() + key[1:])
        translated = _from_aws(inner, place)
        if key == "Headers" and isinstance(inner, Mapping):
            translated = [translated]
        if key == "MatchPattern" and {"IncludedCookies", "ExcludedCookies"} & set(inner):
            name, translated = "matchPatterns", [translated]
        spelled[name] = translated
    if "Cookies" in value and "matchPattern" in spelled.get("cookies", {}):
        spelled["cookies"]["matchPatterns"] = [spelled["cookies"].pop("matchPattern")]
    return spelled
