"""The option --config KEY=VALUE, which overrides a setting of the stack."""

from portcullis.errors import MisuseError
from portcullis.settings.project import qualified
from portcullis.settings.setting import NAMESPACE


def read_setting(text: str) -> tuple[str, str]:
    """The key with its namespace, and the value.

    Raises:
        MisuseError: the text has no key or no value.
    """
    key, separator, value = text.partition("=")
    if not separator or not key:
        raise MisuseError(f"--config {text!r} must look like portcullis:rateLimit=500.")
    return qualified(key, NAMESPACE), value
