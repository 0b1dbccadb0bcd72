"""The engines that run Rego: regorus in a process of its own, OPA, and none."""
