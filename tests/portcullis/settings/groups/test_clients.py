"""The client registry and revocation."""

import pytest

from portcullis.settings.groups.clients import RegistryStore, RevocationListStore
from tests.portcullis.settings.mending import GOOD, load, require_mended

REFUSED = {
    "clients file": {"portcullis:clientsFile": " clients.yaml"},
    "registry": {"portcullis:registry": "DynamoDB"},
    "registry cache": {"portcullis:registryCacheSeconds": "301"},
    "registry cache negative": {"portcullis:registryCacheSeconds": "-1"},
    "grace of nothing": {"portcullis:crlGraceSeconds": "60"},
    "lists in no table": {"portcullis:crlTable": "true"},
    "lists in two places": {
        "portcullis:registry": "dynamodb",
        "portcullis:crlTable": "true",
        "portcullis:crlFile": "revoked.crl",
    },
    "urls of nothing": {"portcullis:crlUrls": '["http://crl.example/a"]'},
    "url of a directory service": {
        "portcullis:crlFile": "revoked.crl",
        "portcullis:crlUrls": '["ldap://crl.example/cn=a"]',
    },
    "url with a password": {
        "portcullis:crlFile": "revoked.crl",
        "portcullis:crlUrls": '["http://me:secret@crl.example/a"]',
    },
    "url twice": {
        "portcullis:crlFile": "revoked.crl",
        "portcullis:crlUrls": '["http://crl.example/a", "http://crl.example/a"]',
    },
    "grace too long": {
        "portcullis:crlFile": "revoked.crl",
        "portcullis:crlGraceSeconds": "604801",
    },
    "clock skew": {"portcullis:certificateClockSkewSeconds": "301"},
}


@pytest.mark.parametrize("change", REFUSED.values(), ids=REFUSED.keys())
def test_a_refused_value_is_mended_by_the_command_in_its_error(change):
    require_mended(change)


def test_revocation_lists_are_where_the_settings_say():
    in_zip = load({**GOOD, "portcullis:crlFile": "revoked.crl"})
    assert in_zip.revocation_lists is RevocationListStore.FILE
    lists = {"portcullis:registry": "dynamodb", "portcullis:crlTable": "true"}
    in_table = load({**GOOD, **lists, "portcullis:crlGraceSeconds": "60"})
    assert in_table.revocation_lists is RevocationListStore.TABLE


@pytest.mark.parametrize(
    "url",
    [
        "http://crl.example",
        "https://crl.example:8443/a?part=1",
        "http://[::1]/a",
        "file:///srv/lists/a.crl",
    ],
)
def test_a_list_has_a_url_of_http_or_a_file(url):
    settings = load(
        {**GOOD, "portcullis:crlFile": "revoked.crl", "portcullis:crlUrls": f'["{url}"]'}
    )
    assert settings.crl_urls == (url,)


def test_an_empty_stack_file_has_no_rate_plans_and_reads_clients_from_the_file():
    settings = load(GOOD)
    assert settings.rate_plans == {}
    assert settings.registry is RegistryStore.FILE
    assert settings.registry_cache_seconds == 30
    assert (settings.crl_file, settings.crl_grace_seconds) == ("", 0)
    assert settings.revocation_lists is RevocationListStore.NONE
    assert settings.certificate_clock_skew_seconds == 0
