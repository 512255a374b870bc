"""A page on this machine that shows each call on its way through the gates while it happens."""
