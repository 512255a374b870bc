"""The id and the computed outputs of each resource type, one module per group of services."""
