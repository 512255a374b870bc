"""Check that the AWS credentials belong to the stack's account: ARNs are composed from it."""

import pulumi_aws as aws
from pulumi import InvokeOptions, Resource

from components.arn import Place
from portcullis.errors import MisuseError


class AccountError(MisuseError):
    """The credentials belong to another account than the stack."""

    def __init__(self, *, expected: str, found: str) -> None:
        super().__init__(
            f"portcullis:accountId is {expected!r}, but the AWS credentials in use belong to "
            f"account {found!r}. Switch AWS_PROFILE to the stack's account, or run: "
            f"pulumi config set portcullis:accountId {found}"
        )


def require_account(place: Place, parent: Resource | None = None) -> None:
    """Raises AccountError where the credentials of ``parent``'s provider are of another account."""
    found = aws.get_caller_identity(opts=InvokeOptions(parent=parent)).account_id
    if found != place.account_id:
        raise AccountError(expected=place.account_id, found=found)
