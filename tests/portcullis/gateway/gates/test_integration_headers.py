"""Headers of the backend as the client gets them."""

from portcullis.gateway.exchange import UpstreamAnswer


def header(response, name):
    return [v for n, v in response.headers if n.lower() == name.lower()]


def test_the_backends_headers_are_renamed_and_dropped_as_captured(start, good, upstream):
    upstream.answer = UpstreamAnswer(
        status=201,
        headers=(
            ("Content-Type", "text/plain"),
            ("Date", "then"),
            ("Server", "gunicorn"),
            ("Connection", "keep-alive"),
            ("Content-Length", "2"),
            ("WWW-Authenticate", "Bearer"),
            ("x-amzn-RequestId", "backend's"),
            ("x-amz-apigw-id", "backend's"),
            ("Transfer-Encoding", "chunked"),
            ("Content-Encoding", "gzip"),
            ("Via", "1.1 x"),
            ("Keep-Alive", "timeout=5"),
            ("Upgrade", "h2c"),
            ("Set-Cookie", "a=1"),
            ("Set-Cookie", "b=2"),
        ),
        body=b"ok",
    )
    response = start(good, upstream=upstream).call()
    mine = {"x-amzn-requestid", "x-amz-apigw-id"}
    assert [(n, v) for n, v in response.headers if n.lower() not in mine] == [
        ("Content-Type", "text/plain"),
        ("x-amzn-Remapped-Date", "then"),
        ("x-amzn-Remapped-Server", "gunicorn"),
        ("x-amzn-Remapped-Connection", "keep-alive"),
        ("x-amzn-Remapped-Content-Length", "2"),
        ("x-amzn-Remapped-WWW-Authenticate", "Bearer"),
        ("x-amzn-Remapped-x-amzn-RequestId", "backend's"),
        ("Set-Cookie", "a=1"),
        ("Set-Cookie", "b=2"),
    ]
    assert len(header(response, "x-amz-apigw-id")) == 1


def test_an_answer_without_a_content_type_gets_json(start, good, upstream):
    upstream.answer = UpstreamAnswer(status=200, headers=(), body=b"x")
    assert header(start(good, upstream=upstream).call(), "content-type") == ["application/json"]
