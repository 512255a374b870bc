"""The device kit: a zip with a client's files in every format, and a page that explains them."""
