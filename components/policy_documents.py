"""IAM policy documents as JSON; equal statements give equal text.

Source: IAM User Guide, "IAM JSON policy elements reference".
"""

import json
from collections.abc import Sequence
from typing import Any

Statement = dict[str, Any]


def policy_json(*statements: Statement) -> str:
    document = {"Version": "2012-10-17", "Statement": list(statements)}
    return json.dumps(document, sort_keys=True)


def trust_json(service: str) -> str:
    """The trust policy of a role that only this service of AWS assumes."""
    return policy_json(
        {"Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}
    )


def allow(sid: str, action: str | Sequence[str], resource: str, **elements: Any) -> Statement:
    """A statement that allows actions; ``elements`` are its further ones, such as Condition."""
    return {"Sid": sid, "Effect": "Allow", "Action": action, "Resource": resource, **elements}
