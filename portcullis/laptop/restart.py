"""The changes of a stack that a running laptop cannot take over."""

from collections.abc import Iterator

from portcullis.errors import PortcullisError
from portcullis.gateway.resources.domains import domain_specs
from portcullis.laptop.gateway_certificates import certificates_pem
from portcullis.laptop.rehearsed_stack import DeployedStack


def require_no_restart(
    served: DeployedStack, following: DeployedStack, *, starts_backend: bool
) -> None:
    """Compare what listeners, emulator and backend were started with.

    Raises:
        PortcullisError: one of them would need other values.
    """
    changed = ", ".join(_changes(served, following, starts_backend=starts_backend))
    if changed:
        raise PortcullisError(
            f"Restart `portcullis up` to change {changed}; the previous plan is still served."
        )


def _changes(
    served: DeployedStack, following: DeployedStack, *, starts_backend: bool
) -> Iterator[str]:
    graphs = served.graph, following.graph
    if _differ({spec.domain_name for spec in domain_specs(graph)} for graph in graphs):
        yield "the name of the custom domain"
    if _differ((s.settings.region, s.settings.account_id) for s in (served, following)):
        yield "region or account"
    if starts_backend and _differ(bool(certificates_pem(graph)) for graph in graphs):
        yield "whether the gateway presents a certificate to the backend"
    if _differ(s.settings.certificate_renewal_key_arn for s in (served, following)):
        yield "certificateRenewalKeyArn"
    outputs = ("backendUrl", "backendFunctionArn", *(("issuer", "audience") * starts_backend))
    for name in outputs:
        if _differ(graph.stack_outputs.get(name) for graph in graphs):
            yield name


def _differ(values: Iterator[object]) -> bool:
    one, other = values
    return one != other
