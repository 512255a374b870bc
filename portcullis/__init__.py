"""Portcullis: four gates in front of a business API, proven on a laptop before AWS sees them."""
