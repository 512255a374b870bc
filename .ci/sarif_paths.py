"""Makes the paths of a SARIF report relative to the repository: sarif_paths.py REPORT FOLDER."""

import json
import sys
from pathlib import Path, PurePosixPath


def main(report: str, folder: str) -> None:
    path = Path(report)
    document = json.loads(path.read_text(encoding="utf-8"))
    for run in document["runs"]:
        for result in run["results"]:
            for location in result["locations"]:
                artifact = location["physicalLocation"]["artifactLocation"]
                artifact["uri"] = str(PurePosixPath(folder) / artifact["uri"])
    path.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
