"""Explains one call from its log lines: which gate answered it, why, and what to do."""
