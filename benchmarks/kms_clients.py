"""Three ways to ask KMS for a signature, each in a process of its own, cold and warm.

.venv/bin/python -m benchmarks.kms_clients [--starts 7] [--calls 500]
"""

import argparse
import json
import os
import statistics
import subprocess
import sys

from benchmarks.kms_stub import KmsStub

COMMON = """
import json, os, sys, time
started = time.perf_counter()
{setup}
ready = time.perf_counter()
sign()
first = time.perf_counter()
times = []
for _ in range({calls}):
    at = time.perf_counter(); sign(); times.append(time.perf_counter() - at)
with open("/proc/self/status") as status:
    rss = next(int(l.split()[1]) for l in status if l.startswith("VmRSS:")) / 1024
print(json.dumps([(ready - started) * 1e3, (first - ready) * 1e3, sorted(times)[{calls} // 2] * 1e6, rss]))
"""  # noqa: E501
REQUEST = (
    'KeyId="arn:aws:kms:eu-central-1:000000000000:key/0b0b0b0b-1111-2222-3333-444444444444", '
    'Message=b"m" * 700, MessageType="RAW", SigningAlgorithm="ECDSA_SHA_256"'
)
WAYS = {
    "boto3": f'import boto3\nkms = boto3.client("kms")\ndef sign(): kms.sign({REQUEST})',
    "botocore": (
        "import botocore.session\nfrom botocore.config import Config\n"
        'kms = botocore.session.get_session().create_client("kms", '
        f"config=Config(parameter_validation=False))\ndef sign(): kms.sign({REQUEST})"
    ),
    "botocore.auth + urllib3": (
        "import base64\nfrom authorizer.aws_json import AwsJsonClient\n"
        'client = AwsJsonClient(service="kms", region="eu-central-1", '
        'endpoint=os.environ["AWS_ENDPOINT_URL_KMS"] + "/", environment=os.environ)\n'
        'payload = {"KeyId": "k", "Message": base64.b64encode(b"m" * 700).decode(), '
        '"MessageType": "RAW", "SigningAlgorithm": "ECDSA_SHA_256"}\n'
        'def sign(): client.call("TrentService.Sign", payload, deadline=time.monotonic() + 2)'
    ),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--starts", type=int, default=7)
    parser.add_argument("--calls", type=int, default=500)
    options = parser.parse_args()
    measured: dict[str, list[list[float]]] = {way: [] for way in WAYS}
    with KmsStub(0.0) as kms:
        environment = os.environ | {
            "AWS_ENDPOINT_URL_KMS": kms.url,
            "AWS_DEFAULT_REGION": "eu-central-1",
            "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE",
            "AWS_SECRET_ACCESS_KEY": "example",
        }
        for _ in range(options.starts):
            for way, setup in WAYS.items():
                program = COMMON.format(setup=setup, calls=options.calls)
                ran = subprocess.run(
                    [sys.executable, "-c", program],
                    env=environment,
                    capture_output=True,
                    text=True,
                    check=True,
                )
                measured[way].append(json.loads(ran.stdout))
    for way, runs in measured.items():
        setup_ms, first_ms, warm_us, rss_mb = (
            statistics.median(c) for c in zip(*runs, strict=True)
        )
        print(
            f"{way:25} import and client {setup_ms:6.1f} ms, first call {first_ms:5.1f} ms, "
            f"warm p50 {warm_us:5.0f} µs, memory {rss_mb:4.1f} MB"
        )


if __name__ == "__main__":
    main()
