"""Checks finished Kubernetes objects and Terraform bodies, as plain JSON values, against the compact schemas."""

from idpc.schema.validate.faults import Fault
from idpc.schema.validate.kubernetes import kubernetes_faults
from idpc.schema.validate.terraform import terraform_faults

__all__ = ["Fault", "kubernetes_faults", "terraform_faults"]
