"""The published schemas of Kubernetes objects and Terraform resources, in a compact form that is looked up name by name."""
