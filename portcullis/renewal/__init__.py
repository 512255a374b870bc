"""The Lambda function that renews client certificates: a CSR in, a certificate out."""
