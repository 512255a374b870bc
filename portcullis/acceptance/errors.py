"""Errors of the attack matrix. A case that differs is a result, not an error."""

from portcullis.errors import MisuseError, PortcullisError


class NotRunningError(MisuseError):
    def __init__(self, place: object, reason: str) -> None:
        super().__init__(
            f"A running laptop to attack was not found: {place} {reason}. Start one in another "
            "terminal with `portcullis up`, or name a deployed stack with --target URL."
        )


class RunDescriptionError(MisuseError):
    def __init__(self, place: object, problem: str) -> None:
        super().__init__(
            f"The run description {place} {problem}. It belongs to another version of Portcullis: "
            "stop that laptop and start it again with `portcullis up`."
        )


class NoReadError(MisuseError):
    def __init__(self, contract: object) -> None:
        super().__init__(
            f"No operation of {contract} can be called: each lacks an example that is needed. Add "
            "examples to its parameters and bodies, or write requests: {read: {target: /PATH}} in "
            "acceptance/read.yaml."
        )


class ControlError(PortcullisError):
    """A command on the laptop's control socket failed."""

    def __init__(self, command: str, problem: str) -> None:
        super().__init__(
            f"The laptop did not carry out {str(command)!r}: {problem}. Its state is unknown now; "
            "stop it and start it again with `portcullis up`."
        )


class CaseFileError(MisuseError):
    """A file of the attack matrix breaks its schema."""

    def __init__(self, file: object, line: int, message: str) -> None:
        super().__init__(f"{file}:{line}: {message}.")


class TokenError(PortcullisError):
    """A token for a case could not be made."""
