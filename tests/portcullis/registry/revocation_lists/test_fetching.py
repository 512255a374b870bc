"""Revocation lists are fetched within bounds of size, time, redirects and addresses."""

import os
import re
import socket

import pytest
from cryptography import x509

from portcullis.registry.revocation_lists import fetching
from portcullis.registry.revocation_lists.fetching import (
    Bounds,
    FetchError,
    ListSource,
    fetch,
    points_of,
    shown,
)
from tests.authorizer.making import certificate
from tests.portcullis.registry.revocation_lists.publishing import publishing

SHORT = Bounds(seconds=0.3, max_bytes=1000)
LONG = Bounds(seconds=30, max_bytes=1000)


@pytest.fixture(scope="module")
def publisher():
    with publishing() as started:
        yield started


def get(*urls, bounds=LONG, may_be_private=True, **options):
    return fetch(ListSource(urls=urls, may_be_private=may_be_private), bounds, **options)


def refusal(*urls, **options):
    with pytest.raises(FetchError) as caught:
        get(*urls, **options)
    return str(caught.value)


def test_the_content_of_a_url_is_fetched_as_it_is(publisher):
    assert get(publisher.publish("/a.crl", b"\x30\x00" * 500)) == b"\x30\x00" * 500
    assert get(publisher.url("/a.crl?part=1")) == b"\x30\x00" * 500
    assert publisher.asked[-1] == "/a.crl?part=1"


def test_the_first_alternative_that_answers_counts(publisher):
    here = publisher.publish("/b.crl", b"b")
    assert get(publisher.url("/gone"), here, publisher.url("/never")) == b"b"
    assert "/never" not in publisher.asked
    message = refusal(publisher.url("/gone"), publisher.url("/gone-too"))
    assert message.count("answers with the status 404") == 2


def test_the_alternatives_share_the_time_of_one_url():
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/"
        message = refusal(url, url + "2", url + "3", bounds=SHORT)
    first, *others = re.findall(r"within ([\d.]+) s", message)
    assert first == "0.1"
    assert len(others) == 2


def test_what_is_larger_than_the_bound_is_refused(publisher):
    assert "more than 1,000 bytes" in refusal(publisher.publish("/large", b"a" * 1001))


def test_an_answer_that_is_cut_off_is_refused(publisher):
    url = publisher.publish("/cut", b"a" * 10, announced=20)
    assert "sends 10 bytes less than it announces" in refusal(url)


def test_a_server_that_sends_a_byte_now_and_then_is_too_slow(publisher):
    def drip(handler):
        handler.send_response(200)
        handler.end_headers()
        while not publisher.ended.wait(0.02):
            handler.wfile.write(b"a")
            handler.wfile.flush()

    url = publisher.answer("/drip", drip)
    assert "has not answered completely within 0.3 s" in refusal(url, bounds=SHORT)


def test_a_server_that_says_nothing_is_too_slow():
    with socket.create_server(("127.0.0.1", 0)) as server:
        url = f"http://127.0.0.1:{server.getsockname()[1]}/"
        assert "within 0.3 s" in refusal(url, bounds=SHORT)


def test_a_server_that_never_ends_its_head_is_too_slow(publisher):
    def drip(handler):
        handler.wfile.write(b"HTTP/1.1 200 OK\r\n")
        while not publisher.ended.wait(0.02):
            handler.wfile.write(b"A")
            handler.wfile.flush()

    assert "within 0.3 s" in refusal(publisher.answer("/head", drip), bounds=SHORT)


def test_redirects_are_followed_up_to_a_bound(publisher):
    publisher.publish("/3", b"end")
    publisher.redirect("/2", "/3")
    publisher.redirect("/1", publisher.url("/2"))
    assert get(publisher.redirect("/0", "1")) == b"end"
    publisher.redirect("/loop", "/loop")
    before = len(publisher.asked)
    assert "redirects more than 3 times" in refusal(publisher.url("/loop"))
    assert len(publisher.asked) - before == 4


@pytest.mark.parametrize("location", ["file:///etc/hostname", "ftp://127.0.0.1/"])
def test_a_redirect_stays_with_http(publisher, location):
    url = publisher.redirect("/elsewhere", location)
    assert "must be an http or https URL with a host" in refusal(url)


@pytest.mark.parametrize(
    "location", ["http://a b/x", "http://[::1%25eth0]/", "http://[bad/", "http://a:x/", "//[/"]
)
def test_a_redirect_to_what_is_not_a_url_is_an_error_of_its_source(publisher, location):
    assert "not a URL" in refusal(publisher.redirect("/broken", location))


def test_only_the_operator_may_name_a_private_address(publisher):
    url = publisher.publish("/private", b"a")
    message = refusal(url, may_be_private=False)
    assert "127.0.0.1, which is not public" in message
    assert "--allow-private-addresses" in message
    assert get(url, may_be_private=False, allow_private=True) == b"a"
    assert get(publisher.url("/private", host="localhost")) == b"a"


def test_a_redirect_to_another_host_must_not_lead_into_the_private_network(publisher):
    publisher.publish("/inside", b"a")
    same = publisher.redirect("/same", "/inside")
    other = publisher.redirect("/other", publisher.url("/inside", host="127.0.0.2"))
    assert get(same) == b"a"
    before = publisher.asked.count("/inside")
    # The port listens on 127.0.0.1 alone, so the name of the same machine stands in.
    other = publisher.redirect("/other", publisher.url("/inside", host="localhost"))
    assert "not public" in refusal(other)
    assert publisher.asked.count("/inside") == before
    assert get(other, allow_private=True) == b"a"


def test_nothing_is_sent_to_an_address_that_is_refused(publisher):
    url = publisher.publish("/secret", b"a")
    refusal(url, may_be_private=False)
    assert "/secret" not in publisher.asked


def test_a_file_is_read_and_a_pipe_is_not(tmp_path):
    path = tmp_path / "a b.crl"
    path.write_bytes(b"a" * 1000)
    assert get(path.as_uri()) == b"a" * 1000
    path.write_bytes(b"a" * 1001)
    assert "more than 1,000 bytes" in refusal(path.as_uri())
    os.mkfifo(tmp_path / "pipe")
    assert "no such file" in refusal((tmp_path / "pipe").as_uri())
    assert "no such file" in refusal((tmp_path / "gone").as_uri())
    assert "must be file:///" in refusal("file://elsewhere/a.crl")


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:1/",
        "http://127.0.0.1:99999/",
        "http://[::1/",
        "http://no-such-host.invalid/",
        "http://127.0.0.1/a\nb",
        "http://127.0.0.1:1/\u00e4",
        f"http://{'a' * 64}.example/",
        "ldap://127.0.0.1/cn=a",
        "crl.pem",
        "",
    ],
)
def test_a_url_that_leads_nowhere_is_one_line(url):
    message = refusal(url)
    assert "\n" not in message
    assert message.endswith(".")


def test_a_plain_server_is_not_spoken_to_over_tls(publisher):
    url = publisher.publish("/tls", b"a").replace("http:", "https:")
    assert "cannot be fetched" in refusal(url)


def test_a_url_is_shown_without_its_secrets():
    assert shown("https://me:secret@a.example/b@c?token=x") == "https://a.example/b@c"
    assert shown("http://a/\x1b[2J") == r"http://a/\x1b[2J"


def uri(text):
    return x509.UniformResourceIdentifier(text)


def point(*names):
    return x509.DistributionPoint(
        full_name=names, relative_name=None, reasons=None, crl_issuer=None
    )


def test_the_names_of_a_distribution_point_are_alternatives():
    points = x509.CRLDistributionPoints(
        [
            point(uri("ldap://a/1"), uri("http://a/1"), uri("HTTPS://b/1"), x509.DNSName("a")),
            point(uri("http://a/2")),
            point(uri("ldap://a/3")),
            point(uri("file:///etc/passwd")),
        ]
    )
    shown_twice = certificate(extra=[(points, False)])
    sources = points_of([shown_twice, shown_twice, certificate()])
    assert [one.urls for one in sources] == [("http://a/1", "HTTPS://b/1"), ("http://a/2",)]
    assert not any(one.may_be_private for one in sources)


def test_of_a_certificate_with_many_points_the_first_ten_are_fetched():
    points = x509.CRLDistributionPoints([point(uri(f"http://a/{n}")) for n in range(1000)])
    sources = points_of([certificate(extra=[(points, False)])])
    assert [one.urls[0] for one in sources] == [f"http://a/{n}" for n in range(10)]


def test_what_a_server_says_is_shown_on_one_line_without_control_characters(publisher):
    url = publisher.answer("/raw", lambda handler: handler.wfile.write(b"\x1b[2J" * 9000 + b"\n"))
    message = refusal(url)
    assert message.isprintable()
    assert len(message) < 1000


def test_a_list_of_a_million_entries_fits():
    assert fetching.MAX_BYTES > 1_000_000 * 40
