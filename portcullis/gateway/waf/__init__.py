"""Evaluates web ACLs as AWS WAF does: statements, actions, labels, custom responses."""
