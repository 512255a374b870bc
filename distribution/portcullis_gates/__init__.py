"""Four gates in front of a business API on AWS API Gateway, proven on a laptop.

``portcullis_gates.components`` holds the Pulumi components, ``portcullis_gates.policies`` the
policy pack, ``portcullis_gates.portcullis`` the tool behind the `portcullis` command.
"""
