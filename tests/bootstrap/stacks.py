"""The stacks whose resources a deployer makes."""

import json
from pathlib import Path

PROJECT = Path(__file__).parents[2]
STACKS = ("local", "dev", "staging", "prod")
EXTRAS = {
    "portcullis:registry": "dynamodb",
    "portcullis:reservedConcurrency": "5",
    "portcullis:provisionedConcurrency": "1",
    "portcullis:alarmEmails": json.dumps(["oncall@example.com"]),
}
