"""How rules read a resource: every read either gives a known value or says what was not known."""
