"""A `pulumi` that does what a test scripts, and records how it was called."""

import json
import sys
import textwrap

# What a real `pulumi up` (3.260) printed for a program without its web ACL, shortened.
REFUSED = """\
Previewing update (local):
 +  pulumi:pulumi:Stack portcullis-local create
Policies:
    ❌ portcullis@v0.1.0 (local: policies)
        - [mandatory] [severity: critical]  apigateway-stage-requires-web-acl  (api-stage)
          Every stage stands behind a web ACL.

Diagnostics:
  pulumi:pulumi:Stack (portcullis-local):
    error: preview failed

Resources:
    1 errored
"""
FAILED = """\
Previewing update (local):
Diagnostics:
  pulumi:pulumi:Stack (portcullis-local):
    error: Program failed with an unhandled exception:
    Traceback (most recent call last):
      File "__main__.py", line 1, in <module>
        raise ValueError("no such pet")
        ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^
    ValueError: no such pet

Resources:
    1 errored
"""
NO_PLUGIN = """\
Diagnostics:
  pulumi:providers:aws (default):
    error: no resource plugin 'pulumi-resource-aws' found in the workspace
"""
UPDATED = """\
Previewing update (local):
Policies:
    ✅ portcullis@v0.1.0 (local: policies)
        - [advisory] [severity: low]  one  (api-stage)

Resources:
    + 1 to create

Updating (local):
Policies:
    ✅ portcullis@v0.1.0 (local: policies)
        - [advisory] [severity: low]  one  (api-stage)

Resources:
    + 1 created
    ~ 2 updated
    3 changes. 60 unchanged

Duration: 2s
"""
EXPORT = {
    "version": 3,
    "deployment": {
        "resources": [
            {
                "urn": "urn:pulumi:local::portcullis::pulumi:pulumi:Stack::portcullis-local",
                "type": "pulumi:pulumi:Stack",
                "outputs": {"stage": "local"},
            }
        ]
    },
}


def scripted_cli(folder, *, output=UPDATED, status=0, seconds=0):
    """An executable that answers `up` so, and `stack init` and `stack export` as the real one."""
    program = f"""\
        #!{sys.executable}
        import json, os, pathlib, sys, time
        home = pathlib.Path({str(folder)!r})
        with (home / "calls.jsonl").open("a") as calls:
            call = {{"arguments": sys.argv[1:], "cwd": os.getcwd()}}
            call["environment"] = dict(os.environ)
            calls.write(json.dumps(call) + "\\n")
        if sys.argv[1] == "version":
            print("v3.260.0")
        elif sys.argv[1:3] == ["stack", "init"]:
            with open("Pulumi.local.yaml", "a") as settings:
                settings.write("encryptionsalt: v1:salt\\n")
        elif sys.argv[1:3] == ["stack", "export"]:
            pathlib.Path(sys.argv[4]).write_text({json.dumps(EXPORT)!r})
        elif sys.argv[1] == "up":
            time.sleep({seconds})
            print({output!r})
            sys.exit({status})
        """
    path = folder / "pulumi"
    path.write_text(textwrap.dedent(program))
    path.chmod(0o700)
    return path


def calls(folder):
    return [json.loads(line) for line in (folder / "calls.jsonl").read_text().splitlines()]
