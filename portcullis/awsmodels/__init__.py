"""Judges a resource graph by AWS's own published models, before anything is deployed.

Each resource becomes the requests that the provider would send, and each request is held to the
shapes of botocore's service models: patterns, lengths, ranges, enums, required members. Limits that
no model holds stand in :mod:`portcullis.awsmodels.limits`, each with its source.
"""
