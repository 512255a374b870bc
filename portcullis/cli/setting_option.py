"""The option --config KEY=VALUE, which overrides a setting of the stack."""

from collections.abc import Iterable

from portcullis.errors import MisuseError
from portcullis.settings.project import qualified
from portcullis.settings.setting import NAMESPACE


def split_setting(text: str) -> tuple[str, str]:
    """The key as written, and the value.

    Raises:
        MisuseError: the text has no key or no equals sign.
    """
    key, separator, value = text.partition("=")
    if not separator or not key:
        raise MisuseError(f"--config {text!r} must be KEY=VALUE, such as portcullis:rateLimit=500.")
    return key, value


def read_settings(texts: Iterable[str] | None) -> dict[str, str]:
    """The values by key, which is in the namespace of Portcullis where it has none."""
    given = map(split_setting, texts or ())
    return {qualified(key, NAMESPACE): value for key, value in given}
