"""Builds the zip of the renewal's function: the authorizer's, and the code that issues.

The function decides with the authorizer's code and files, and signs with the code of `portcullis
certs`. The zip keeps the layout of the packages, so it works from the repository and from the
wheel, where everything is below one package.
"""

from pathlib import Path
from typing import Final

from components.authorizer_zip.build import AuthorizerPackage
from components.authorizer_zip.files import AuthorizerFiles, build
from portcullis.package import NAME

SOURCE: Final = Path(__file__).parents[2] / "portcullis"
HANDLER: Final = f"{NAME}.renewal.handler.handler"
# What `portcullis.renewal` imports; a test compares it with the imports.
MODULES: Final = (
    "__init__.py",
    "errors.py",
    "pki/__init__.py",
    "pki/authority.py",
    "pki/clock.py",
    "pki/credential.py",
    "pki/errors.py",
    "pki/extensions.py",
    "pki/identifiers.py",
    "pki/keys.py",
    "pki/kms_key.py",
    "pki/profile.py",
    "pki/signing_request.py",
    "renewal/__init__.py",
    "renewal/handler.py",
    "renewal/instance_count.py",
    "renewal/refusal.py",
    "renewal/request.py",
    "renewal/service.py",
    "renewal/table.py",
    "renewal/terms.py",
)


def build_renewal(files: AuthorizerFiles, authority_pem: bytes) -> AuthorizerPackage:
    """Raises as `build` of the authorizer's zip."""
    package = NAME.replace(".", "/")
    beside = {
        f"{package}/{module}": (SOURCE / module).read_bytes().replace(b"\r\n", b"\n")
        for module in MODULES
    }
    beside[f"{package}/renewal/authority.pem"] = authority_pem
    return build(files, name="renewal", top=package.removesuffix("portcullis"), beside=beside)
