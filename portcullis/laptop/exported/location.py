"""The account and region of an exported graph, from the ARNs of its resources."""

from portcullis.graph.resource import Graph
from portcullis.laptop.exported.errors import SubstitutionError

ARN_PARTS = 6  # arn:partition:service:region:account:resource


def account_and_region(graph: Graph) -> tuple[str, str]:
    """The one account and region that its ARNs name.

    Raises:
        SubstitutionError: no ARN names both, or they differ.
    """
    places = {
        (parts[4], parts[3])
        for resource in graph
        if len(parts := str(resource.outputs.get("arn") or "").split(":", ARN_PARTS - 1))
        == ARN_PARTS
        and parts[3]
        and parts[4]
    }
    if len(places) != 1:
        listed = ", ".join(sorted(f"{account} in {region}" for account, region in places))
        raise SubstitutionError(
            "The export must be of one account and one region, and its ARNs name "
            f"{listed or 'none'}."
        )
    return places.pop()
