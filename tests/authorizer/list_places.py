"""A function that obeys the lists of the zip or of the table, and CAs that sign lists."""

import datetime

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding

from authorizer.config import RevocationListSource
from authorizer.reasons import AuthorizerError
from authorizer.revocations import RevocationLists
from authorizer.table import TableRegistry
from components.authorizer_zip.revocations import revocations_file
from portcullis.registry import ClientRegistry
from portcullis.registry.revocation_lists import verified
from portcullis.registry.revocation_lists.in_table import CrlTable
from portcullis.registry.table_store import TableStore
from tests.authorizer.lists import CA_USAGE, signed
from tests.authorizer.making import NOW, certificate, configuration, name
from tests.authorizer.tables import KEYS, SHOP, new_table

AT = NOW.timestamp()


class Ca:
    """A certificate authority with a certificate from another one, or from itself."""

    def __init__(self, common_name, above=None, key=None):
        self.name = name(CN=common_name)
        self.key = key or ec.generate_private_key(ec.SECP256R1())
        self.certificate = self.certified_by(above or self)

    def certified_by(self, above):
        return certificate(
            uris=(),
            subject=self.name,
            issuer=above.name,
            key=self.key,
            signer=above.key,
            is_ca=True,
            usage=CA_USAGE,
            not_after=NOW + datetime.timedelta(days=300),
        )

    def client(self, **changes):
        return certificate(issuer=self.name, signer=self.key, **changes)

    def list_of(self, *revoked, number=7, **changes):
        serial_numbers = (one.serial_number for one in revoked)
        return signed(*serial_numbers, issuer=self.name, key=self.key, number=number, **changes)


class InFile:
    """Imports lists by packing them, and answers with the packed file."""

    def __init__(self, make_bench, folder):
        self._make_bench, self._folder = make_bench, folder

    def take_in(self, truststore, *lists):
        found = verified_lists(self._folder, truststore, lists)
        path = self._folder / "revocations.bin"
        path.write_bytes(revocations_file(found, truststore))
        self._bench = self._make_bench(revocations=RevocationLists(path))

    def reason(self, shown):
        return reason(self._bench, shown)


class InTable:
    """Imports lists into a table, and answers from it."""

    def __init__(self, make_bench, folder, dynamodb, moto):
        self._make_bench, self._folder, self._dynamodb = make_bench, folder, dynamodb
        self._environment = {"AWS_ENDPOINT_URL_DYNAMODB": moto} | KEYS
        self.name = new_table(dynamodb)
        TableStore(dynamodb, self.name).fill(ClientRegistry(clients=(SHOP,)))
        self.use(registry_cache_seconds=0)

    def use(self, registry_cache_seconds):
        settings = {
            "registry_table": self.name,
            "registry_region": "eu-central-1",
            "registry_cache_seconds": registry_cache_seconds,
            "revocation_lists": RevocationListSource.TABLE,
        }
        registry = TableRegistry(configuration(**settings), self._environment)
        self.bench = self._make_bench(registry=registry, **settings)

    def take_in(self, truststore, *lists):
        table = CrlTable(self._dynamodb, self.name, truststore, clock=lambda: AT)
        for one in verified_lists(self._folder, truststore, lists):
            table.replace(one)

    def reason(self, shown):
        return reason(self.bench, shown)


def verified_lists(folder, truststore, lists):
    path = folder / "lists.pem"
    path.write_bytes(b"".join(one.public_bytes(Encoding.PEM) for one in lists))
    return verified.load(path, truststore, now=NOW)


def reason(bench, shown):
    try:
        return bench.present(shown)["context"]["reason"]
    except AuthorizerError as error:
        return str(error)


@pytest.fixture(params=["file", "table"])
def place(request, make_bench, tmp_path):
    if request.param == "file":
        return InFile(make_bench, tmp_path)
    dynamodb, moto = request.getfixturevalue("dynamodb"), request.getfixturevalue("moto")
    return InTable(make_bench, tmp_path, dynamodb, moto)


def certificates(*authorities):
    return [one.certificate for one in authorities]
