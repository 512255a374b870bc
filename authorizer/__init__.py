"""The Lambda authorizer: which client presented this certificate, and what may it do?

Everything in this folder travels in the Lambda zip. It imports nothing else of this repository.
"""
