"""Checks before a deploy: toolchain, settings, files, and what the AWS account allows."""
