"""Tells whether one Terraform resource stands for what another one makes, by their plain arguments."""

from collections.abc import Mapping

from idpc.graph.model import TerraformResource
from idpc.values import Value

_NAME, _REFERENCE = "name", "_name"


def finds(one: TerraformResource, made: TerraformResource) -> bool:
    """Whether a data source finds what `made` makes, or a resource names it: `cluster_name` names an `aws_eks_cluster`."""
    if one.data:
        return one.type == made.type and _agree(one.body, made.body)
    name = plain_name(made)
    return name is not None and any(
        value == name and made.type.endswith(f"_{key.removesuffix(_REFERENCE)}")
        for key, value in one.body.items()
        if key.endswith(_REFERENCE)
    )


def plain_name(made: TerraformResource) -> str | None:
    """The name under which others find a resource, None where it has none or only the provider knows it."""
    name = made.body.get(_NAME)
    return name if isinstance(name, str) else None


def _agree(wanted: Mapping[str, Value], given: Mapping[str, Value]) -> bool:
    """Whether two bodies have a plain argument in common and none that differs; what is known later may be equal."""
    pairs = [(value, given[key]) for key, value in wanted.items() if key in given]
    plain = [(left, right) for left, right in pairs if _is_plain(left) and _is_plain(right)]
    return bool(plain) and all(left == right for left, right in plain)


def _is_plain(value: Value) -> bool:
    if isinstance(value, dict):
        return all(map(_is_plain, value.values()))
    return isinstance(value, str | int)
