"""The commands of the laptop's control socket, which break a part of it and repair it."""

from enum import StrEnum


class ControlCommand(StrEnum):
    """One command of the control socket."""

    KILL_AUTHORIZER = "kill-authorizer"
    PAUSE_AUTHORIZER = "pause-authorizer"
    RESUME_AUTHORIZER = "resume-authorizer"
    STOP_BACKEND = "stop-backend"
    START_BACKEND = "start-backend"
    STOP_KMS = "stop-kms"
    START_KMS = "start-kms"


OF_THE_BACKEND = frozenset({ControlCommand.STOP_BACKEND, ControlCommand.START_BACKEND})
# Which command each of these undoes.
MENDED_BY = {
    ControlCommand.RESUME_AUTHORIZER: ControlCommand.PAUSE_AUTHORIZER,
    ControlCommand.START_BACKEND: ControlCommand.STOP_BACKEND,
    ControlCommand.START_KMS: ControlCommand.STOP_KMS,
}
