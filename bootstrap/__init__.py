"""The CI role of one AWS account, and the least rights that a deployer needs."""
