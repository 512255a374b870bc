"""A snapshot of how a case ended, with the target's names replaced."""

from portcullis.acceptance.matrix.case import Case
from portcullis.acceptance.recording.normalise import Normaliser
from portcullis.acceptance.target.target import Target
from portcullis.acceptance.wire.outcome import Answer, Malformed, Outcome, Refused, Silent
from portcullis.recordings.snapshot import ANSWER, Snapshot


def normaliser(target: Target) -> Normaliser:
    """Replaces the host names and addresses of a target."""
    names: dict[str, str] = {}
    for name, peer in (
        ("{backend}", target.backend),
        ("{default-endpoint}", target.default_endpoint),
        ("{gateway}", target.gateway),
    ):
        if peer is not None and not _is_address(peer.host):
            names |= {peer.host: name, f"{peer.host}:{peer.port}": name}
    return Normaliser(names)


def _is_address(host: str) -> bool:
    """Addresses have a pattern of their own."""
    return ":" in host or host.replace(".", "").isdigit()


def snapshot_of(case: Case, outcome: Outcome, normalised: Normaliser) -> Snapshot:
    """The snapshot of one case. The words of a refusal are left out: they name a TLS library."""
    if not isinstance(outcome, Answer):
        return Snapshot(case=case.name, gate=case.expect.gate, end=_end(outcome))
    body, is_text = normalised.body(outcome.body)
    return Snapshot(
        case=case.name,
        gate=case.expect.gate,
        end=ANSWER if not outcome.further else f"{outcome.further + 1} answers",
        status=outcome.status,
        headers=normalised.headers(outcome),
        body=body,
        is_text=is_text,
    )


def _end(outcome: Outcome) -> str:
    match outcome:
        case Refused():
            return "connection refused"
        case Silent():
            return "no answer"
        case Malformed():
            return "not HTTP"
    return "unreachable"
