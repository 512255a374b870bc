"""Serves the installed policy pack with the waivers of this folder."""

from pathlib import Path

from portcullis_gates.policies.pack import serve

serve(Path(__file__).resolve().parent)
