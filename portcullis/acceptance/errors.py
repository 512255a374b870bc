"""Errors of the attack matrix. A case that differs is a result, not an error."""

from portcullis.errors import MisuseError, PortcullisError


class NotRunningError(MisuseError):
    def __init__(self, place: object, reason: str) -> None:
        super().__init__(
            f"A running laptop to attack was not found: {place} {reason}. Start one in another "
            "terminal with `portcullis up`, or name a deployed stack with --target URL."
        )


class UnreachableError(PortcullisError):
    def __init__(self, address: str, problem: str) -> None:
        super().__init__(
            f"Nothing answers at {address}: {problem}. Check --target, the name in DNS, and that "
            "this network lets you out; nothing was attacked."
        )


class RunDescriptionError(MisuseError):
    def __init__(self, place: object, problem: str) -> None:
        super().__init__(
            f"The run description {place} {problem}. It belongs to another version of Portcullis: "
            "stop that laptop and start it again with `portcullis up`."
        )


class NoClientError(MisuseError):
    def __init__(self, clients_file: object) -> None:
        super().__init__(
            f"{clients_file} has no active client that the matrix can call as: one that matches a "
            "sanUri of any issuer and is pinned to no certificate. Add one: portcullis clients add"
        )


class UnknownCaseError(MisuseError):
    def __init__(self, name: str, close: list[str]) -> None:
        meant = f" Did you mean {' or '.join(close)}?" if close else ""
        super().__init__(
            f"The case {name!r} does not exist.{meant} All names: portcullis verify --list"
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
