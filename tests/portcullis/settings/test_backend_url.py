"""Addresses of a backend: one reading, no credentials, nothing that API Gateway would expand."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

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
