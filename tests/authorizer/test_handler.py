"""Lambda's entry point; `test_zip` calls it under AWS's runtime client."""

import subprocess
import sys
from pathlib import Path


def test_the_function_does_not_start_without_its_settings():
    run = subprocess.run(
        [sys.executable, "-c", "import authorizer.handler"],
        cwd=Path(__file__).parents[2],
        env={"PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert run.returncode != 0
    assert "ConfigurationError: PORTCULLIS_ISSUER is ''" in run.stderr
