"""Puts tags on every resource of a component that can have tags."""

from collections.abc import Mapping

import pulumi

# S3 accepts 10 tags on an object. The truststore's object is in a bucket that has them all.
UNTAGGED = frozenset({"aws:s3/bucketObjectv2:BucketObjectv2"})


def tagging(tags: Mapping[str, str]) -> pulumi.ResourceTransformation:
    """A transformation that adds ``tags`` to a resource and its children; a resource's own win.

    The provider's default tags would not do: they are not among the inputs, so that neither a
    preview nor the policy pack sees them.
    """

    def add(
        args: pulumi.ResourceTransformationArgs,
    ) -> pulumi.ResourceTransformationResult | None:
        # A class that knows tags passes the property, as None where it is not set.
        if not tags or "tags" not in args.props or args.type_ in UNTAGGED:
            return None
        own = pulumi.Output.from_input(args.props["tags"] or {})
        together = own.apply(lambda of_resource: {**tags, **of_resource})
        return pulumi.ResourceTransformationResult(
            props={**args.props, "tags": together}, opts=args.opts
        )

    return add
