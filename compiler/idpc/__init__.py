"""idpc, the platform compiler: `.platform` specifications in, Kubernetes, Terraform and a deployment plan out."""

__version__ = "0.1.0"
