"""Reads where an entry of the configuration says that a program reads a trusted end.

from: {stack: organization/network/prod, output: webAcl}
from: {type: aws:iam/role:Role, id: signer}
from: {lookup: aws:wafv2/getWebAcl:getWebAcl, arguments: {name: central, scope: REGIONAL}}
"""

import json
from collections.abc import Mapping
from typing import Any

from policies.entries import line, mapping, require

FROM = "from"
STACK_REFERENCE = "pulumi:pulumi:StackReference"
FORMS: Mapping[str, tuple[str, ...]] = {
    "stack": ("stack", "output"),
    "type": ("type", "id"),
    "lookup": ("lookup", "arguments"),
}


def places(given: Any) -> frozenset[str]:
    """The places of one ``from``, or of a list, as the pack receives them.

    Raises:
        EntryError: one is malformed.
    """
    listed = given if isinstance(given, list) else [given]
    return frozenset(place for one in listed for place in _places(one))


def _places(given: Any) -> tuple[str, ...]:
    forms = [keys for key, keys in FORMS.items() if isinstance(given, Mapping) and key in given]
    accepted = " or ".join(" and ".join(keys) for keys in FORMS.values())
    require(len(forms) == 1, f"{FROM} must have {accepted}")
    fields = mapping(given, required=forms[0], optional=())
    if "arguments" in fields:
        require(isinstance(fields["arguments"], Mapping), "arguments must be a mapping")
        arguments = json.dumps(fields["arguments"], sort_keys=True)
        return (f"{line('lookup', fields['lookup'])}::{arguments}",)
    first, second = (line(key, fields[key]) for key in forms[0])
    if "type" in fields:
        return (f"{first}::{second}",)
    # An engine does not tell which output of the stack it is.
    return (f"{STACK_REFERENCE}::{first}#{second}", f"{STACK_REFERENCE}::{first}")
