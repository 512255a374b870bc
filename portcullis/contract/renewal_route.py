"""The route at which clients renew their certificates, beside the routes of a contract."""

from dataclasses import dataclass, replace

from portcullis.contract.contract import Contract
from portcullis.contract.operations import ContractOperation
from portcullis.errors import MisuseError

METHOD = "POST"


class RenewalRouteError(MisuseError):
    """The contract has the path or the scope already."""


@dataclass(frozen=True, kw_only=True)
class RenewalRoute:
    """One method that the program adds to the API, with a scope of its own."""

    path: str
    scope: str

    def added_to(self, contract: Contract) -> Contract:
        """The contract with this route.

        Raises:
            RenewalRouteError: the contract has its path or its scope already.
        """
        if any(one.path == self.path for one in contract.operations):
            raise RenewalRouteError(
                f"certificateRenewalPath is {self.path}, which is a path of the contract. Choose "
                "another one: pulumi config set portcullis:certificateRenewalPath "
                "/.well-known/certificate-renewal"
            )
        if self.scope in contract.scopes:
            raise RenewalRouteError(
                f"certificateRenewalScope is {self.scope}, which permits operations of the "
                "contract too. Choose one of its own: pulumi config set "
                "portcullis:certificateRenewalScope certificates:renew"
            )
        return replace(contract, operations=(*contract.operations, self._operation()))

    def _operation(self) -> ContractOperation:
        answers = {
            "200": "The certificate and its issuer, as PEM.",
            "400": "The body is not a certificate signing request with a strong new key.",
            "403": "This certificate cannot be renewed.",
            "409": "The registry's file pins the certificates of this client.",
            "413": "The signing request is too large.",
            "429": "Too many renewals of this client today.",
            "503": "The certificate cannot be renewed now.",
        }
        return ContractOperation(
            method=METHOD,
            path=self.path,
            scope=self.scope,
            document={
                "summary": "Renews the client certificate of the connection (RFC 2986 request).",
                "responses": {
                    status: {"description": text} for status, text in sorted(answers.items())
                },
            },
        )


def with_renewal(contract: Contract, route: RenewalRoute | None) -> Contract:
    """The contract with the route, where there is one."""
    return contract if route is None else route.added_to(contract)
