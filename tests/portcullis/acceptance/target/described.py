"""A run description as `portcullis up` writes it."""

from tests.portcullis.acceptance.lab import CLIENTS_FILE, GROUPS

DESCRIBED = {
    "gateway": "https://localhost:8443",
    "default_endpoint": "https://localhost:8444",
    "backend": "http://127.0.0.1:8081",
    "ca": "/state/pki/ca.pem",
    "clients": {
        name: {"certificate": f"/state/{name}.pem", "key": f"/state/{name}.key"}
        for name in ("pet-shop", "pet-viewer", "pet-breeder", "pet-hotel", "stranger")
    },
    "backend_is_started": True,
    "log": "/state/log/access.jsonl",
    "gates": "/state/log/gates.jsonl",
    "control": "/state/run/control.sock",
    "contract": "components/petstore.openapi.yaml",
    "clients_file": str(CLIENTS_FILE),
    "case_folders": [],
    "pki": "/state/pki",
    "issuer": "https://localhost",
    "audience": "petstore",
    "jwks": "/state/run/jwks.json",
    "kms": {"endpoint": "http://127.0.0.1:5000", "key": "arn:aws:kms:eu-central-1:0:key/k"},
    "rate_limit": 300,
    "rate_window_seconds": 60,
    "throttle_rate": 10000,
    "throttle_burst": 5000,
    "rate_plans": [],
    "managed_rule_groups": list(GROUPS),
    "large_body_routes": [],
    "injection_matches": "libinjection",
    "authorizer_cache_seconds": 0,
    "allowed_cidrs": ["127.0.0.0/24", "::1/128"],
    "stage": "local",
    "backend_timeout_seconds": 3,
}
