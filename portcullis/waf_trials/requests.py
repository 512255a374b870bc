"""Builds the request that a web ACL inspects, without a connection."""

from collections.abc import Sequence

from portcullis.gateway.exchange import Endpoint, Request, TlsPeer

_NO_TLS = TlsPeer(version="TLSv1.3", cipher="", server_name=None, client_certificate_pem=None)


def request(
    *,
    source_ip: str,
    method: str,
    target: str,
    headers: Sequence[tuple[str, str]],
    body: bytes = b"",
    received_at: float = 0.0,
) -> Request:
    """``target`` is path and query as sent; ``received_at`` counts seconds since the epoch."""
    path, _, query = target.partition("?")
    return Request(
        endpoint=Endpoint.CUSTOM_DOMAIN,
        source_ip=source_ip,
        source_port=0,
        http_version="HTTP/1.1",
        method=method,
        target=target,
        path=path,
        query=query,
        headers=tuple(headers),
        body=body,
        tls=_NO_TLS,
        received_at=received_at,
    )
