"""ARNs are composed from the setting, so the credentials must be of that account."""

import pytest

from components.account import AccountError, require_account
from components.arn import Place


def test_credentials_of_the_stack_s_account_pass(engine, place):
    engine.run(lambda: require_account(place))


def test_other_credentials_are_refused_before_anything_is_registered(engine):
    def program():
        require_account(Place(region="eu-central-1", account_id="999988887777"))

    with pytest.raises(AccountError, match=r"'999988887777'.*'111122223333'.*pulumi config set"):
        engine.preview(program)
