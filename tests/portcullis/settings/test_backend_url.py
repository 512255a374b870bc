"""Addresses of a backend: one reading, no credentials, nothing that API Gateway would expand."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portcullis.settings.groups.authorizer import AuthorizerPlatform
from portcullis.settings.project import LAPTOP_ACCOUNT
from portcullis.settings.setting import SettingError
from tests.portcullis.settings.mending import GOOD, good, load, require_mended

REFUSED = {
    "ftp": "ftp://petstore.example.com",
    "no scheme": "petstore.example.com",
    "capital scheme": "HTTPS://petstore.example.com",
    "one slash": "https:/petstore.example.com",
    "no host": "https:///pets",
    "port zero": "https://petstore.example.com:0",
    "port too large": "https://petstore.example.com:65536",
    "half an IPv6 address": "https://[2001:db8::1",
    "query": "https://petstore.example.com/?a=b",
    "fragment": "https://petstore.example.com/#a",
    "space": "https://petstore.example.com/a b",
    "newline": "https://petstore.example.com\n",
    "newline inside": "https://petstore.example.com/\nHost: x",
    "tab": "https://petstore\t.example.com",
    "backslash": "https://petstore.example.com\\@x",
    "path parameter": "https://petstore.example.com/{proxy}",
    "stage variable": "https://${stageVariables.host}/",
    "dots": "https://petstore.example.com/a/../b",
    "empty segment": "https://petstore.example.com/a//b",
    "empty": "",
    "empty label": "https://a..b.example/",
    "leading dot": "https://.example.com",
    "trailing dot": "https://petstore.example.com.",
    "single label": "https://TODO",
    "hyphen at the end": "https://petstore-.example.com",
    "underscore": "https://pet_store.example.com",
    "escaped dots": "https://petstore.example.com/%2e%2e/admin",
    "escaped slash": "https://petstore.example.com/a%2fb",
    "escaped percent sign": "https://petstore.example.com/%252e%252e/",
    "escaped line break": "https://petstore.example.com/%0d%0aX",
    "half an escape": "https://petstore.example.com/%2",
    "escape in the host": "https://petstore%2eexample.com",
    "zone of a public address": "https://[2606:2800:220:1::1%25eth0]/",
    "zone of an interface": "https://[fe80::1%25eth0]",
    "metadata": "http://169.254.169.254/latest/meta-data",
    "metadata of a task": "http://169.254.170.2/v2",
    "metadata over IPv6": "http://[fd00:ec2::254]/latest",
    "mapped metadata": "http://[::ffff:169.254.169.254]/",
    "link-local": "http://[fe80::1]/",
    "decimal address": "http://2852039166/",
    "octal address": "http://0251.0376.0251.0376/",
    "hexadecimal address": "http://0xa9fea9fe/",
    "short address": "http://10.1/",
    "no machine": "http://0.0.0.0/",
    "multicast": "http://224.0.0.1/",
    "no port": "https://petstore.example.com:/",
    "own domain": "https://api.example.com/pets",
    "own domain in capitals": "https://API.example.com:8443",
    "private": "https://10.0.0.5/",
    "private IPv6": "https://[fd12::1]/",
}


@pytest.mark.parametrize("url", REFUSED.values(), ids=REFUSED.keys())
def test_a_refused_address_is_mended_by_the_command_in_its_error(url):
    require_mended({"portcullis:backendUrl": url})


@pytest.mark.parametrize(
    "url",
    [
        "https://user:hunter2@petstore.example.com",
        "https://hunter2@petstore.example.com/x",
        "user:hunter2@petstore.example.com",
        "https://petstore.example.com/@hunter2/",
    ],
)
def test_a_password_in_the_backend_url_is_refused_and_not_repeated(url):
    with pytest.raises(SettingError) as caught:
        load({**GOOD, "portcullis:backendUrl": url})
    assert "credentials" in str(caught.value)
    if not url.endswith("hunter2/"):  # what follows the last @ is the host's
        assert "hunter2" not in str(caught.value)


@given(
    st.text()
    | st.builds("https://{}".format, st.text())
    | st.builds("http://{}:{}/{}".format, st.text(), st.integers(), st.text())
)
def test_an_accepted_backend_url_has_one_reading(url):
    try:
        good(backend_url=url)
    except SettingError:
        return
    assert url.isascii()
    assert not set(url) & set("@#?{}$\\ \t\r\n\"'<>")
    assert url.startswith(("http://", "https://"))


@pytest.mark.parametrize(
    "url",
    [
        "https://petstore.example.com",
        "https://petstore.example.com:8443/v1/pets",
        "https://petstore.example.com/a%20b/",
        "https://93.184.216.34/",
        "https://[2606:2800:220:1::1]:443/",
        "http://petstore-demo-endpoint.execute-api.com/petstore",
        "https://xn--bcher-kva.example/",
    ],
)
def test_an_address_on_the_internet_is_accepted(url):
    assert good(backend_url=url).backend_url == url


@pytest.mark.parametrize("url", ["http://127.0.0.1:8081", "http://localhost:8081/", "http://[::1]"])
def test_the_laptop_calls_a_backend_of_its_own(url):
    laptop = {
        "account_id": LAPTOP_ACCOUNT,
        "authorizer_platform": AuthorizerPlatform.LAPTOP,
        "domain": "localhost",
    }
    assert good(backend_url=url, **laptop).backend_url == url
    with pytest.raises(SettingError, match="link-local or metadata"):
        good(backend_url="http://169.254.169.254/", **laptop)


@pytest.mark.parametrize(
    ("url", "suggestion"),
    [
        ("HTTPS://Petstore.Example.com/Pets", "https://petstore.example.com/Pets"),
        ("petstore.example.com/pets", "https://petstore.example.com/pets"),
        (" https://petstore.example.com", "https://petstore.example.com"),
        ("https://petstore.example.com./v1", "https://petstore.example.com/v1"),
    ],
)
def test_a_suggestion_keeps_the_meaning(url, suggestion):
    with pytest.raises(SettingError, match=f"Run: pulumi config set .* {suggestion}$"):
        load({**GOOD, "portcullis:backendUrl": url})


@pytest.mark.parametrize("url", ["http://127.0.0.1:8081", "http://localhost:8081"])
def test_a_rehearsal_of_any_stack_has_its_backend_on_the_same_machine(url):
    assert good(backend_url=url).backend_url == url
