"""PEM blocks are found by their labels; text around them is kept apart."""

import base64

import pytest

from portcullis.pki import pem

CERTIFICATE = (
    b"-----BEGIN CERTIFICATE-----\n" + base64.b64encode(b"der") + b"\n-----END CERTIFICATE-----"
)
REQUEST = CERTIFICATE.replace(b"CERTIFICATE", b"CERTIFICATE REQUEST")


def test_blocks_come_with_label_position_and_content():
    found = list(pem.blocks(b"subject=a\n" + REQUEST + b"\r\n" + CERTIFICATE))
    assert [(block.position, block.label) for block in found] == [
        (1, "CERTIFICATE REQUEST"),
        (2, pem.CERTIFICATE),
    ]
    assert found[1].binary() == b"der"


def test_text_outside_the_blocks_is_kept_apart():
    assert pem.outside(b"before" + CERTIFICATE + b"after") == b"beforeafter"


def test_a_block_with_two_labels_is_none():
    assert list(pem.blocks(CERTIFICATE.replace(b"END CERTIFICATE", b"END KEY"))) == []


@pytest.mark.parametrize("body", [b"a", b"!!!!", "ä".encode()])
def test_a_body_that_is_not_base64_is_a_value_error(body):
    with pytest.raises(ValueError, match="not base64"):
        pem.PemBlock(position=1, label=pem.CERTIFICATE, body=body, is_framed=True).binary()


@pytest.mark.parametrize(
    ("content", "is_framed"),
    [
        (CERTIFICATE, True),
        (CERTIFICATE + b"\n", True),
        (b"text\n" + CERTIFICATE, True),
        (b"\xef\xbb\xbf" + CERTIFICATE, True),
        (CERTIFICATE.replace(b"\n", b" \t\r\n"), True),
        (b" " + CERTIFICATE, False),
        (b"text" + CERTIFICATE, False),
        (CERTIFICATE + b"text", False),
        (CERTIFICATE.replace(b"\n", b"\r"), False),
        (CERTIFICATE.replace(b"\n", b""), False),
        (CERTIFICATE.replace(b"\n", b"\n\n"), False),
        (CERTIFICATE.replace(b"\n-----END", b"-----END"), False),
        (CERTIFICATE.replace(b"\n-----END", b"\n -----END"), False),
    ],
)
def test_a_framed_block_has_both_lines_to_itself(content, is_framed):
    (block,) = pem.blocks(content)
    assert block.is_framed is is_framed
