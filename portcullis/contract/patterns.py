"""Checks the regular expressions of schemas, which JSON Schema writes as in ECMA 262.

The laptop's gateway matches them with the same library.
"""


def fault_of_pattern(pattern: str) -> str | None:
    """Why a regular expression cannot be read; None if it can."""
    import regex  # noqa: PLC0415 - most contracts have no pattern

    try:
        regex.compile(pattern)
    except regex.error as error:
        return str(error.msg)
    return None
