"""Finds the PromQL in Kubernetes objects: rules, the queries of analyses, the panels of dashboards."""

import json

RATE_INTERVAL = "$__rate_interval"
"""Grafana's own variable, which it replaces by a duration before it asks Prometheus."""


def expressions(objects):
    """Each expression with the object and the rule, metric or panel that it stands in."""
    for one in objects:
        for where, text in _FINDERS.get(one["kind"], _nothing)(one):
            yield f"{one['kind']}/{one['metadata']['name']}: {where}", text


def _rules(one):
    for group in one["spec"]["groups"]:
        for rule in group["rules"]:
            yield rule.get("alert") or rule["record"], rule["expr"]


def _analyses(one):
    for metric in one["spec"]["metrics"]:
        yield metric["name"], metric["provider"]["prometheus"]["query"]


def _panels(one):
    if "grafana_dashboard" in one["metadata"]["labels"]:
        for text in one["data"].values():
            for panel in json.loads(text)["panels"]:
                for target in panel["targets"]:
                    yield panel["title"], target["expr"].replace(RATE_INTERVAL, "5m")


def _nothing(_):
    return ()


_FINDERS = {"PrometheusRule": _rules, "AnalysisTemplate": _analyses, "ConfigMap": _panels}
