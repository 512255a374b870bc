"""The Pulumi components that the four gates are made of."""
