"""Arguments of the route at which clients renew their certificates, shared by the components."""

from dataclasses import dataclass

from portcullis.contract.renewal_route import RenewalRoute


@dataclass(frozen=True, kw_only=True)
class RenewalOptions:
    certificate_renewal_key_arn: str | None = None
    """The KMS key of a client CA. With it, the API has a route at which a client gets a new
    certificate for a signing request, and a function that signs it with this key."""

    certificate_renewal_authority_file: str | None = None
    """A PEM file: first the CA certificate of that key, which must be in the truststore, then any
    others whose certificates may be renewed."""

    certificate_renewal_hours: int = 24
    """How many hours a renewed certificate is valid. It never outlives its CA."""

    certificate_renewal_scope: str = "certificates:renew"
    """The scope that a client needs for a renewal; no scope of the contract."""

    certificate_renewal_path: str = "/.well-known/certificate-renewal"
    """Where clients send the signing request, by POST; no path of the contract."""

    certificate_renewals_per_day: int = 100
    """How many certificates a client may get in a day (UTC). With clients in a
    file, each instance of the function counts by itself."""

    @property
    def renewal_route(self) -> RenewalRoute | None:
        """The route that the contract gets; None without a key."""
        if self.certificate_renewal_key_arn is None:
            return None
        return RenewalRoute(
            path=self.certificate_renewal_path, scope=self.certificate_renewal_scope
        )
