"""The clients of docs/guide/calling.md call a laptop, where their language is installed."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.portcullis.laptop.running import ROOT

pytestmark = pytest.mark.laptop

PAGE = (ROOT / "docs" / "guide" / "calling.md").read_text(encoding="utf-8")
SECONDS = 600  # go and java compile first
# Language of the page's code block: file name, command.
PROGRAMS = {
    "sh": ("call.sh", ["sh", "call.sh"]),
    "python": ("call.py", ["python3", "call.py"]),
    "javascript": ("call.js", ["node", "call.js"]),
    "go": ("call.go", ["go", "run", "call.go"]),
    "java": ("Call.java", ["java", "Call.java"]),
}
# Java's older client, which sends no server name for localhost.
WITHOUT_SERVER_NAME = """
        var url = new java.net.URL(System.getenv("URL"));
        var connection = (javax.net.ssl.HttpsURLConnection) url.openConnection();
        connection.setSSLSocketFactory(context.getSocketFactory());
        var body = new String(connection.getInputStream().readAllBytes());
        System.out.println(connection.getResponseCode() + " " + body);
    }
}
"""


def shown(language):
    """The one code block of a language."""
    (text,) = re.findall(rf"```{language}\n(.*?)```\n", PAGE, re.DOTALL)
    return text


def answer(laptop, folder, language, text, client="pet-shop"):
    """What the program prints when it calls as this client."""
    name, command = PROGRAMS[language]
    if shutil.which(command[0]) is None:
        pytest.skip(f"{command[0]} is not installed")
    (folder / name).write_text(text, encoding="utf-8")
    files = laptop.ready["clients"][client]
    certificate = Path(files["certificate"])
    called = subprocess.run(
        command,
        cwd=folder,
        env=os.environ
        | {
            "URL": f"{laptop.ready['gateway']}/pets",
            "CERT": files["certificate"],
            "KEY": files["key"],
            "CA": laptop.ready["ca"],
            "PFX": str(certificate.with_suffix(".pfx")),
            "PASSPHRASE": certificate.with_suffix(".pfx.passphrase").read_text().strip(),
            "GOFLAGS": "-mod=mod",
        },
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    return called.stdout + called.stderr


@pytest.mark.parametrize("language", PROGRAMS)
def test_a_client_of_the_page_gets_the_pets(laptop, tmp_path, language):
    printed = answer(laptop, tmp_path, language, shown(language))
    assert re.search(r"\b200\b", printed), printed
    assert '"type": "dog"' in printed


@pytest.mark.parametrize("language", PROGRAMS)
def test_it_shows_a_refusal_too(laptop, tmp_path, language):
    printed = answer(laptop, tmp_path, language, shown(language), client="stranger")
    assert re.search(r"\b403\b", printed), printed
    assert "explicit deny" in printed


def test_a_java_client_without_a_server_name_can_call_localhost(laptop, tmp_path):
    head, _, _ = shown("java").partition("        HttpClient client")
    printed = answer(laptop, tmp_path, "java", head + WITHOUT_SERVER_NAME.removeprefix("\n"))
    assert printed.startswith("200 "), printed


def test_the_user_agent_that_the_page_warns_of_is_what_the_web_acl_wants(laptop, tmp_path):
    bare = shown("javascript").replace('{ "User-Agent": "my-client/1.0" }', "{}")
    assert answer(laptop, tmp_path, "javascript", bare).startswith("403 ")
