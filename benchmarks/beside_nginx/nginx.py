"""nginx with `auth_request` as a contender: one worker, the same certificates and backend."""

import os
import socket
import subprocess
import time
from contextlib import ExitStack
from pathlib import Path

from benchmarks.beside_nginx.contender import (
    CACHE_SECONDS,
    HOST,
    BenchmarkError,
    Contender,
    free_port,
)
from benchmarks.beside_nginx.processes import ended

NAME = "nginx auth_request"
START_SECONDS = 10.0

NGINX = """
daemon off;
worker_processes 1;
pid {folder}/nginx.pid;
error_log {folder}/error.log warn;
{user}
events {{ worker_connections 256; }}
http {{
    access_log {folder}/access.log combined;
    client_body_temp_path {folder}/client;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    proxy_cache_path {folder}/cache keys_zone=answers:1m;
    keepalive_requests 100000000;
    upstream backend {{
        server {host}:{backend};
        keepalive 64;
        keepalive_requests 100000000;
    }}
    ssl_certificate {certificate};
    ssl_certificate_key {key};
    ssl_client_certificate {truststore};
    ssl_verify_client on;
    ssl_verify_depth 4;
    ssl_protocols TLSv1.2 TLSv1.3;
    ssl_session_tickets off;
    proxy_http_version 1.1;
    proxy_set_header Connection "";
    {servers}
}}
"""
NGINX_SERVER = """
    server {{
        listen {host}:{port} ssl;
        server_name localhost;
        location / {{
            auth_request /authorize;
            auth_request_set $token $upstream_http_x_token;
            proxy_set_header Authorization $token;
            proxy_set_header X-Client-Certificate-Thumbprint $ssl_client_fingerprint;
            proxy_set_header X-Request-Id $request_id;
            proxy_set_header X-Forwarded-For $remote_addr;
            proxy_pass http://backend;
        }}
        location = /authorize {{
            internal;
            proxy_pass_request_body off;
            proxy_set_header Content-Length "";
            proxy_set_header X-Client-Certificate-Thumbprint $ssl_client_fingerprint;
            proxy_pass http://backend/authorize;
            {cache}
        }}
    }}
"""
NGINX_CACHE = """
            proxy_cache answers;
            proxy_cache_key "$ssl_client_fingerprint $request_method $request_uri";
            proxy_cache_valid 200 {seconds}s;
"""


def nginx(stack: ExitStack, folder: Path, backend: int, pki: Path, program: str) -> list[Contender]:
    """One worker, two listeners: the authorizer's answer not cached, and cached like ours."""
    folder.mkdir()
    ports = free_port(), free_port()
    caches = "", NGINX_CACHE.format(seconds=CACHE_SECONDS)
    (folder / "nginx.conf").write_text(
        NGINX.format(
            folder=folder,
            host=HOST,
            backend=backend,
            user="user root;" if os.geteuid() == 0 else "",  # or its worker may not read the folder
            certificate=pki / "server" / "localhost.pem",
            key=pki / "server" / "localhost.key",
            truststore=pki / "truststore.pem",
            servers="".join(
                NGINX_SERVER.format(host=HOST, port=port, cache=cache)
                for port, cache in zip(ports, caches, strict=True)
            ),
        ),
        encoding="utf-8",
    )
    log = folder / "error.log"
    process = subprocess.Popen(
        [program, "-p", str(folder), "-c", str(folder / "nginx.conf"), "-e", str(log)],
        stderr=subprocess.DEVNULL,
    )
    stack.enter_context(ended(process))
    deadline = time.monotonic() + START_SECONDS
    for port in ports:
        while True:
            try:
                socket.create_connection((HOST, port), 1).close()
                break
            except OSError:
                if process.poll() is not None or time.monotonic() > deadline:
                    raise BenchmarkError(f"nginx did not start: {log.read_text()}") from None
                time.sleep(0.05)
    names = NAME, "nginx, answer cached"
    return [
        Contender(name=name, port=port, pid=process.pid)
        for name, port in zip(names, ports, strict=True)
    ]
