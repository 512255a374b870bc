"""A package of the stranger's own."""

OWNER = "acme"
