"""The graph asks for something this gateway does not do: refuse to start, never let a call pass."""

from portcullis.errors import MisuseError


class UnsupportedError(MisuseError):
    """Names the resource and the feature, so that the reader finds the line of the program."""

    def __init__(self, resource: str, feature: str, remedy: str = "") -> None:
        self.resource = resource
        self.feature = feature
        super().__init__(
            f"{resource}: {feature}. "
            + (remedy or "Take it out of the program, or try this stack on AWS itself.")
        )
