"""The error for a part that only AWS has and no option replaces."""

from portcullis.errors import MisuseError


class SubstitutionError(MisuseError):
    """Names the part, and the option that replaces it."""
