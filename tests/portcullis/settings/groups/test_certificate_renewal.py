"""The route at which clients renew: a key with its authority, and values that AWS accepts."""

import pytest

from portcullis.settings.setting import SettingError
from tests.portcullis.settings.mending import GOOD, load, require_mended

KEY = "arn:aws:kms:eu-central-1:111122223333:key/11111111-2222-3333-4444-555555555555"
ON = {
    "portcullis:certificateRenewalKeyArn": KEY,
    "portcullis:certificateRenewalAuthorityFile": "partners/client-ca/intermediate.pem",
}
REFUSED = {
    "an alias": {"portcullis:certificateRenewalKeyArn": KEY.replace("key/", "alias/")},
    "a key without its authority": {"portcullis:certificateRenewalAuthorityFile": ""},
    "no hours": {"portcullis:certificateRenewalHours": "0"},
    "more than a year": {"portcullis:certificateRenewalHours": "8761"},
    "a path without a slash": {"portcullis:certificateRenewalPath": "renew"},
    "a path with a parameter": {"portcullis:certificateRenewalPath": "/renew/{client}"},
    "two scopes": {"portcullis:certificateRenewalScope": "a b"},
    "no renewals": {"portcullis:certificateRenewalsPerDay": "0"},
}


@pytest.mark.parametrize("config", REFUSED.values(), ids=REFUSED)
def test_a_refused_value_names_its_setting(config):
    with pytest.raises(SettingError, match="certificateRenewal"):
        load(GOOD | ON | config)


def test_it_is_off_by_default():
    assert load(GOOD).certificate_renewal_key_arn == ""


def test_the_missing_authority_is_mended_by_the_command():
    require_mended(ON | {"portcullis:certificateRenewalAuthorityFile": ""})
