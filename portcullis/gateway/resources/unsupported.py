"""The error for a feature of the graph that the gateway does not emulate; it stops the start."""

from portcullis.errors import MisuseError


class UnsupportedError(MisuseError):
    """Names the resource, the feature and what to do about it."""

    def __init__(self, resource: str, feature: str, remedy: str = "") -> None:
        self.resource = resource
        self.feature = feature
        super().__init__(
            f"{resource}: {feature}. "
            + (remedy or "Remove it from the program, or test this stack on AWS.")
        )
