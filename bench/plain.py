"""The peer that anyone would write: a script that builds dictionaries and writes them with PyYAML's C dumper.

    python bench/plain.py N FOLDER [--environments 3]

It expands the same fleet to the same kinds and numbers of objects and resources, checks nothing, and makes no plan.
"""

import argparse
import json
from pathlib import Path
from typing import Any

import yaml
from fleet import ENVIRONMENTS, app_name, has_database

Tree = dict[str, Any]


def labels(app: str, environment: str) -> Tree:
    """The standard labels of an app's service."""
    return {
        "app.kubernetes.io/name": "web",
        "app.kubernetes.io/instance": "web",
        "app.kubernetes.io/component": "service",
        "app.kubernetes.io/part-of": app,
        "app.kubernetes.io/managed-by": "plain",
        "example.com/team": "platform",
        "example.com/environment": environment,
        "example.com/tier": "standard",
    }


def meta(app: str, environment: str, name: str = "web") -> Tree:
    """The metadata of an object."""
    return {"name": name, "namespace": app, "labels": labels(app, environment)}


SELECTOR = {"app.kubernetes.io/name": "web", "app.kubernetes.io/instance": "web"}


def variables(number: int) -> list[Tree]:
    """The six variables of a service."""
    app = app_name(number)
    found: list[Tree] = [
        {"name": "APP_NAME", "value": app},
        {"name": "LOG_LEVEL", "value": "info"},
        {"name": "WORKERS", "value": str(1 + number % 8)},
        {"name": "REGION", "value": "eu-west-1"},
        {"name": "FEATURE_A", "value": "on"},
    ]
    if has_database(number):
        reference = {"secretKeyRef": {"name": f"{app}-db-v1", "key": "url"}}
        return [*found, {"name": "DATABASE_URL", "valueFrom": reference}]
    return [*found, {"name": "CACHE", "value": "memory"}]


def probe(period: int, failures: int) -> Tree:
    """A probe of the health endpoint."""
    return {
        "httpGet": {"path": "/healthz", "port": 8080},
        "periodSeconds": period,
        "timeoutSeconds": 2,
        "failureThreshold": failures,
    }


def pod(number: int) -> Tree:
    """The pod of a service, with the settings that a cluster asks of it."""
    app = app_name(number)
    return {
        "serviceAccountName": "web",
        "automountServiceAccountToken": False,
        "enableServiceLinks": False,
        "securityContext": {
            "runAsNonRoot": True,
            "runAsUser": 10001,
            "runAsGroup": 10001,
            "fsGroup": 10001,
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        "terminationGracePeriodSeconds": 30,
        "containers": [
            {
                "name": "web",
                "image": f"registry.example.com/fleet/{app}:1.{number % 50}.0",
                "imagePullPolicy": "Always",
                "env": variables(number),
                "ports": [
                    {"name": "http", "containerPort": 8080, "protocol": "TCP"},
                    {"name": "admin", "containerPort": 9000, "protocol": "TCP"},
                ],
                "resources": {
                    "requests": {"cpu": "100m", "memory": "128Mi", "ephemeral-storage": "64Mi"},
                    "limits": {"cpu": "500m", "memory": "256Mi", "ephemeral-storage": "1Gi"},
                },
                "startupProbe": probe(5, 30),
                "readinessProbe": probe(10, 3),
                "livenessProbe": probe(10, 6),
                "securityContext": {
                    "allowPrivilegeEscalation": False,
                    "readOnlyRootFilesystem": True,
                    "runAsNonRoot": True,
                    "capabilities": {"drop": ["ALL"]},
                },
                "volumeMounts": [{"name": "tmp", "mountPath": "/tmp"}],  # a path in the pod
            }
        ],
        "volumes": [{"name": "tmp", "emptyDir": {"sizeLimit": "1Gi"}}],
        "topologySpreadConstraints": [
            {
                "maxSkew": 1,
                "topologyKey": key,
                "whenUnsatisfiable": "ScheduleAnyway",
                "labelSelector": {"matchLabels": dict(SELECTOR)},
            }
            for key in ("topology.kubernetes.io/zone", "kubernetes.io/hostname")
        ],
    }


def objects(number: int, environment: str) -> list[Tree]:
    """The seven objects of a service."""
    app = app_name(number)
    ports = [
        {"name": "http", "port": 8080, "targetPort": "http", "protocol": "TCP"},
        {"name": "admin", "port": 9000, "targetPort": "admin", "protocol": "TCP"},
    ]
    return [
        {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": app, "labels": labels(app, environment)}},
        {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": meta(app, environment)},
        {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": meta(app, environment),
            "spec": {
                "selector": {"matchLabels": dict(SELECTOR)},
                "revisionHistoryLimit": 3,
                "template": {"metadata": {"labels": labels(app, environment)}, "spec": pod(number)},
            },
        },
        {
            "apiVersion": "v1",
            "kind": "Service",
            "metadata": meta(app, environment),
            "spec": {"selector": dict(SELECTOR), "ports": ports},
        },
        {
            "apiVersion": "autoscaling/v2",
            "kind": "HorizontalPodAutoscaler",
            "metadata": meta(app, environment),
            "spec": {
                "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "web"},
                "minReplicas": 2,
                "maxReplicas": 3 + number % 5,
                "metrics": [
                    {
                        "type": "Resource",
                        "resource": {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 70}},
                    }
                ],
            },
        },
        {
            "apiVersion": "policy/v1",
            "kind": "PodDisruptionBudget",
            "metadata": meta(app, environment),
            "spec": {"maxUnavailable": 1, "selector": {"matchLabels": dict(SELECTOR)}},
        },
        {
            "apiVersion": "networking.k8s.io/v1",
            "kind": "NetworkPolicy",
            "metadata": meta(app, environment),
            "spec": {
                "podSelector": {"matchLabels": dict(SELECTOR)},
                "policyTypes": ["Ingress", "Egress"],
                "ingress": [],
                "egress": [{"to": [{"ipBlock": {"cidr": "10.0.0.0/8"}}], "ports": [{"protocol": "TCP", "port": 5432}]}],
            },
        },
    ]


def module(number: int, environment: str) -> Tree:
    """The seven resources of a database."""
    name = f"fleet-{environment}-{app_name(number)}-db"
    return {
        "provider": {"aws": {"region": "eu-west-1"}},
        "resource": {
            "random_password": {"db": {"length": 32, "special": False}},
            "aws_kms_key": {"app": {"enable_key_rotation": True}},
            "aws_security_group": {"db": {"name": name, "description": "callers in the cluster"}},
            "aws_db_subnet_group": {
                "db": {"name": name, "subnet_ids": "${data.aws_eks_cluster.main.vpc_config[0].subnet_ids}"}
            },
            "aws_db_instance": {
                "db": {
                    "identifier": name,
                    "engine": "postgres",
                    "engine_version": "16",
                    "instance_class": "db.t4g.small",
                    "allocated_storage": 20,
                    "storage_encrypted": True,
                    "kms_key_id": "${aws_kms_key.app.arn}",
                    "username": "app",
                    "password": "${random_password.db.result}",
                    "db_subnet_group_name": "${aws_db_subnet_group.db.name}",
                    "vpc_security_group_ids": ["${aws_security_group.db.id}"],
                    "backup_retention_period": 7,
                }
            },
            "aws_secretsmanager_secret": {"db": {"name": f"idpc/{environment}/{app_name(number)}/db-v1"}},
            "aws_secretsmanager_secret_version": {
                "db": {
                    "secret_id": "${aws_secretsmanager_secret.db.id}",
                    "secret_string": "${jsonencode({password = random_password.db.result})}",
                }
            },
        },
        "data": {"aws_eks_cluster": {"main": {"name": f"fleet-{environment}"}}},
    }


def build(count: int, folder: Path, environments: int) -> None:
    """Write the fleet's objects and modules."""
    for environment in ENVIRONMENTS[:environments]:
        for number in range(count):
            place = folder / environment / app_name(number)
            place.mkdir(parents=True, exist_ok=True)
            with (place / "web.yaml").open("w", encoding="utf-8") as file:
                yaml.dump_all(objects(number, environment), file, Dumper=yaml.CSafeDumper, sort_keys=False)
            if has_database(number):
                text = json.dumps(module(number, environment), indent=2)
                (place / "main.tf.json").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("count", type=int)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--environments", type=int, default=1, choices=(1, 2, 3))
    options = parser.parse_args()
    build(options.count, options.folder, options.environments)
