"""The programs of docs/guide/backends-by-language.md, each with the same good and bad calls.

`tests/portcullis/petstore/libraries.sh FOLDER` installs their libraries; BACKEND_LIBRARIES names
the folder, .portcullis/backend-libraries if it is not set.
"""

import hashlib
import hmac
import json
import os
import re
import shutil
import subprocess
import time
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from portcullis.petstore.verification import REQUIRED_CLAIMS
from tests.portcullis.petstore.conftest import (
    AUDIENCE,
    ISSUER,
    OTHER_THUMBPRINT,
    THUMBPRINT,
    Issuer,
    base64url,
)

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "guide" / "backends-by-language.md").read_text(encoding="utf-8")
LIBRARIES = Path(
    os.environ.get("BACKEND_LIBRARIES", ROOT / ".portcullis" / "backend-libraries")
).resolve()
SECONDS = 600  # go and java compile first

NODE_MAIN = """
import fs from "node:fs";
import { verifier } from "./verify.mjs";

const input = JSON.parse(fs.readFileSync(0));
const verify = verifier(input.jwks, input.issuer, input.audience);
const answers = [];
for (const call of input.calls) {
  try {
    answers.push(`200 ${await verify(call.headers.flat(), call.scope)}`);
  } catch (refused) {
    answers.push(String(refused.status));
  }
}
console.log(JSON.stringify(answers));
"""
GO_MAIN = """
package main

import (
	"encoding/json"
	"net/http"
	"os"
)

func main() {
	var input struct {
		Jwks             json.RawMessage
		Issuer, Audience string
		Calls            []struct {
			Headers [][2]string
			Scope   string
		}
	}
	if err := json.NewDecoder(os.Stdin).Decode(&input); err != nil {
		panic(err)
	}
	verifier, err := NewVerifier(input.Jwks, input.Issuer, input.Audience)
	if err != nil {
		panic(err)
	}
	answers := []string{}
	for _, call := range input.Calls {
		headers := http.Header{}
		for _, header := range call.Headers {
			headers.Add(header[0], header[1])
		}
		client, err := verifier.Verify(headers, call.Scope)
		status := map[error]string{nil: "200 " + client, errToken: "401", errScope: "403"}[err]
		answers = append(answers, status)
	}
	json.NewEncoder(os.Stdout).Encode(answers)
}
"""
JAVA_MAIN = """
class Main {
    @SuppressWarnings("unchecked")
    public static void main(String[] arguments) throws Exception {
        var input = com.nimbusds.jose.util.JSONObjectUtils.parse(
                new String(System.in.readAllBytes(), java.nio.charset.StandardCharsets.UTF_8));
        var keys = JWKSet.parse((Map<String, Object>) input.get("jwks"));
        var verifier = new Verifier(
                keys, (String) input.get("issuer"), (String) input.get("audience"));
        var answers = new java.util.ArrayList<String>();
        for (var call : (List<Map<String, Object>>) input.get("calls")) {
            var headers = (List<List<String>>) call.get("headers");
            try {
                answers.add("200 " + verifier.verify(
                        of(headers, "Authorization"),
                        of(headers, "X-Client-Certificate-Thumbprint"),
                        (String) call.get("scope")));
            } catch (Verifier.RefusedException refused) {
                answers.add(String.valueOf(refused.status));
            }
        }
        System.out.println(com.nimbusds.jose.util.JSONArrayUtils.toJSONString(answers));
    }

    static List<String> of(List<List<String>> headers, String name) {
        return headers.stream().filter(h -> h.get(0).equals(name)).map(h -> h.get(1)).toList();
    }
}

"""
SPRING_MAIN = """
class Main {
    static final Map<String, String> METHODS = Map.of(
            "pets:read", "GET", "pets:write", "POST", "pets:delete", "DELETE", "pets:rea", "PATCH");

    @SuppressWarnings("unchecked")
    public static void main(String[] arguments) throws Exception {
        var input = com.nimbusds.jose.util.JSONObjectUtils.parse(
                new String(System.in.readAllBytes(), java.nio.charset.StandardCharsets.UTF_8));
        System.setProperty("jwks", served(com.nimbusds.jose.util.JSONObjectUtils.toJSONString(
                (Map<String, Object>) input.get("jwks"))));
        System.setProperty("issuer", (String) input.get("issuer"));
        System.setProperty("audience", (String) input.get("audience"));
        var context =
                new org.springframework.web.context.support.AnnotationConfigWebApplicationContext();
        context.setServletContext(new org.springframework.mock.web.MockServletContext());
        context.register(ResourceServer.class);
        context.refresh();
        var filter = context.getBean("springSecurityFilterChain", jakarta.servlet.Filter.class);
        var answers = new java.util.ArrayList<String>();
        for (var call : (List<Map<String, Object>>) input.get("calls")) {
            var method = METHODS.get(call.get("scope"));
            answers.add(answer(filter, method, (List<List<String>>) call.get("headers")));
        }
        System.out.println(com.nimbusds.jose.util.JSONArrayUtils.toJSONString(answers));
    }

    static String served(String jwks) throws IOException {
        var address = new java.net.InetSocketAddress("127.0.0.1", 0);
        var server = com.sun.net.httpserver.HttpServer.create(address, 0);
        server.createContext("/", exchange -> {
            exchange.getResponseHeaders().add("Content-Type", "application/json");
            exchange.sendResponseHeaders(200, jwks.length());
            exchange.getResponseBody().write(jwks.getBytes());
            exchange.close();
        });
        var thread = new Thread(server::start); // the server's thread is a daemon as its parent is
        thread.setDaemon(true);
        thread.start();
        return "http://127.0.0.1:" + server.getAddress().getPort() + "/";
    }

    static String answer(jakarta.servlet.Filter filter, String method, List<List<String>> headers)
            throws Exception {
        var request = new org.springframework.mock.web.MockHttpServletRequest(method, "/pets");
        headers.forEach(header -> request.addHeader(header.get(0), header.get(1)));
        var response = new org.springframework.mock.web.MockHttpServletResponse();
        var client = new StringBuilder();
        filter.doFilter(request, response, (passed, answered) -> {
            var user = ((HttpServletRequest) passed).getUserPrincipal();
            client.append(" ").append(user.getName());
        });
        return response.getStatus() + client.toString();
    }
}

"""
# Scopes of the calls below that the routes on the page do not need.
SPRING_ROUTES = """
                        .requestMatchers(HttpMethod.DELETE, "/pets").access(hasScope("pets:delete"))
                        .requestMatchers(HttpMethod.PATCH, "/pets").access(hasScope("pets:rea"))"""


def shown(language):
    """The one code block of a language."""
    (text,) = re.findall(rf"```{language}\n(.*?)```\n", PAGE, re.DOTALL)
    return text


def node(folder):
    if not (LIBRARIES / "node_modules" / "jose").is_dir():
        pytest.skip(f"there is no jose in {LIBRARIES}; see libraries.sh")
    (folder / "node_modules").symlink_to(LIBRARIES / "node_modules")
    (folder / "verify.mjs").write_text(shown("javascript"))
    (folder / "main.mjs").write_text(NODE_MAIN)
    return ["node", "main.mjs"]


def go(folder):
    if not (LIBRARIES / "go" / "go.sum").is_file():
        pytest.skip(f"there is no golang-jwt in {LIBRARIES}; see libraries.sh")
    for name in ("go.mod", "go.sum"):
        shutil.copy(LIBRARIES / "go" / name, folder)
    (folder / "verify.go").write_text(shown("go"))
    (folder / "main.go").write_text(GO_MAIN)
    return ["go", "run", "."]


def java(folder):
    jars = list((LIBRARIES / "jars").glob("nimbus-jose-jwt-*.jar"))
    if not jars:
        pytest.skip(f"there is no nimbus-jose-jwt in {LIBRARIES}; see libraries.sh")
    imports, start, rest = shown("java").partition("final class Verifier")
    (folder / "Main.java").write_text(imports + JAVA_MAIN + start + rest)
    return ["java", "-cp", str(jars[0]), "Main.java"]


def spring(folder):
    jars = LIBRARIES / "spring"
    if not list(jars.glob("spring-security-oauth2-jose-*.jar")):
        pytest.skip(f"there is no Spring Security in {LIBRARIES}; see libraries.sh")
    imports, start, rest = shown("java spring").partition("@Configuration")
    routes, deny, chain = rest.partition("\n                        .anyRequest().denyAll()")
    program = imports + SPRING_MAIN + start + routes + SPRING_ROUTES + deny + chain
    (folder / "Main.java").write_text(program)
    return ["java", "-cp", f"{jars}/*", "Main.java"]


LANGUAGES = {"node": node, "go": go, "java": java, "spring": spring}
# RFC 7519 4.1.3: a list with one audience means the same as a string. Spring makes both a list.
ACCEPTED = {"spring": {"a list of one audience": "200 pet-shop"}}


def hs256(issuer):
    """Signed with the public key as an HMAC secret: the algorithm confusion of RFC 8725."""
    secret = issuer.private.public_key().public_bytes(
        Encoding.PEM, PublicFormat.SubjectPublicKeyInfo
    )
    signed = issuer.token({"alg": "HS256"}).rpartition(".")[0]
    mac = hmac.digest(secret, signed.encode(), hashlib.sha256)
    return f"{signed}.{base64url(mac)}"


def tokens(issuer, other):
    """Bad tokens by what is wrong with them."""
    now = int(time.time())
    good = issuer.token()
    yield "padding", good + "=="
    yield "no signature", good.rpartition(".")[0] + "."
    yield "another signature", good[:-10] + ("A" * 10)
    yield "alg none", issuer.token({"alg": "none"}).rpartition(".")[0] + "."
    yield "HS256", hs256(issuer)
    yield "another key under the kid", Issuer(key_id=issuer.key_id).token()
    yield "a kid that is not published", Issuer(key_id="key-9").token()
    yield "no kid", issuer.token({"kid": None})
    yield "a key for encryption", other.token()
    yield "its own key in the header", Issuer(key_id="key-9").token({"jwk": other.jwk()})
    yield "critical extension", issuer.token({"crit": ["x"], "x": 1})
    for kind in ("JWT", "at+jwt2", "", None):
        yield f"type {kind!r}", issuer.token({"typ": kind})
    yield "expired", issuer.token(exp=now - 60)
    yield "not yet valid", issuer.token(nbf=now + 3600)
    yield "issued in the future", issuer.token(iat=now + 3600)
    yield "another issuer", issuer.token(iss="https://other.test")
    yield "another audience", issuer.token(aud="other")
    yield "two audiences", issuer.token(aud=[AUDIENCE, "other"])
    yield "a list of one audience", issuer.token(aud=[AUDIENCE])
    for name in REQUIRED_CLAIMS:
        yield f"without {name}", issuer.token(**{name: None})
    yield "cnf is text", issuer.token(cnf=THUMBPRINT)
    yield "scope is a list", issuer.token(scope=["pets:read"])


def calls(issuer, other):
    """Name, headers, scope, and the expected answer of each call."""
    good = issuer.headers()
    yield "good", good, "pets:read", "200 pet-shop"
    yield "again, with the other scope", good, "pets:write", "200 pet-shop"
    yield "without the scope", good, "pets:delete", "403"
    yield "part of a scope", good, "pets:rea", "403"
    yield "no token", [h for h in good if h[0] != "Authorization"], "pets:read", "401"
    yield "two tokens", [*good, good[1]], "pets:read", "401"
    yield "two thumbprints", [*good, good[2]], "pets:read", "401"
    yield "no thumbprint", [h for h in good if h != good[2]], "pets:read", "401"
    yield "no thumbprint value", issuer.headers(thumbprint=""), "pets:read", "401"
    yield "another certificate", issuer.headers(thumbprint=OTHER_THUMBPRINT), "pets:read", "401"
    yield "basic", [("Authorization", "Basic eDp5"), good[2]], "pets:read", "401"
    for name, token in tokens(issuer, other):
        yield name, issuer.headers(token), "pets:read", "401"


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_program_of_the_page_refuses_what_the_petstore_refuses(tmp_path, language, issuer):
    other = Issuer(key_id="key-enc")
    command = LANGUAGES[language](tmp_path)
    if shutil.which(command[0]) is None:
        pytest.skip(f"{command[0]} is not installed")
    tried = list(calls(issuer, other))
    document = {
        "jwks": {"keys": [issuer.jwk(), other.jwk() | {"use": "enc", "alg": "ECDH-ES"}]},
        "issuer": ISSUER,
        "audience": AUDIENCE,
        "calls": [{"headers": headers, "scope": scope} for _, headers, scope, _ in tried],
    }
    run = subprocess.run(
        command,
        cwd=tmp_path,
        input=json.dumps(document),
        env=os.environ | {"GOFLAGS": "-mod=mod", "GOPROXY": "off", "GOSUMDB": "off"},
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    found = dict(zip([name for name, *_ in tried], json.loads(run.stdout), strict=True))
    expected = {name: answer for name, _, _, answer in tried} | ACCEPTED.get(language, {})
    assert found == expected
