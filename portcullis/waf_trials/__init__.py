"""Tests of a stack's web ACL: written requests, and yesterday's log against tomorrow's rules."""
