"""A CrossGuard pack for APIs behind mutual TLS: it judges any program, and imports none of ours."""
