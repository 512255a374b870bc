"""What a case does with its request: sends it once or often, otherwise, or to a broken stack."""

from enum import StrEnum


class CaseAction(StrEnum):
    """The kind of attack."""

    REQUEST = "the request once"
    PLAIN_HTTP = "the request as HTTP without TLS, to the port that expects TLS"
    OLD_TLS = "a ClientHello for TLS 1.1 in place of the request"
    RESUMED = "the request twice, the second on the TLS session of the first"
    FLOOD = "the request again and again from an address of its own, until it is blocked"
    INTERLEAVED = "two clients at once; each request at the backend must carry its own client"
    KILLED_MID_CALL = "the authorizer's process is killed while it answers the request"
    RECOVERING = "the request is repeated until the stack has recovered, for a bounded time"
    REPEATED = "the request several times at once, each with the same right answer"
    BAD_BACKEND = "the request, while a misbehaving server listens in place of the backend"


class Behaviour(StrEnum):
    """What the matrix does in place of the stopped backend."""

    SILENT = "never answers"
    GARBAGE = "answers with bytes that are not HTTP"
    CUT_SHORT = "closes in the middle of its answer"
