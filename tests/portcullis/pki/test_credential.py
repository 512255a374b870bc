"""A credential shows its certificate and chain, never its key."""

from portcullis.pki.credential import to_pem


def test_the_chain_to_present_ends_below_the_root(trusted, pet_shop):
    leaf = trusted.issuing.issue_client("pet-shop", pet_shop)
    assert leaf.chain == (trusted.issuing.certificate,)
    assert leaf.certificate_pem == to_pem(leaf.certificate, trusted.issuing.certificate)


def test_no_text_form_of_a_credential_holds_its_key(trusted, pet_shop):
    leaf = trusted.issuing.issue_client("pet-shop", pet_shop)
    for shown in (repr(leaf), str(leaf), repr(trusted), f"{trusted.issuing}"):
        assert "PrivateKey" not in shown
        assert "BEGIN" not in shown
