"""AWS WAF's evaluation of a web ACL, on values: statements, actions, labels, custom responses."""
