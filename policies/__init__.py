"""A CrossGuard policy pack for APIs behind mutual TLS. It judges any Pulumi program."""
