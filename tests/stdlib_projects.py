"""Compiles projects in memory and finds, in what they become, the objects and resources that a test looks at."""

import datetime
import json
from functools import cache
from typing import NamedTuple

import yaml

from idpc.diagnostics import Severity
from idpc.emit.text import render
from idpc.pipeline import Compilation, Options, compile_project
from idpc.project import Sources

TODAY = datetime.date(2026, 11, 24)
TEAM = 'project acme { language = "2026.1" }\nteam web { owner = "web@acme.io", on_call = "pagerduty:WEB" }\n'
DEV = 'environment dev { cloud = "kubernetes" }\n'
PROD = 'environment prod { cloud = "aws", region = "eu-west-1", domain = "acme.io" }\n'
AZURE = 'environment prod { cloud = "azure", region = "westeurope", domain = "acme.io" }\n'
IMAGE = 'image = "ghcr.io/acme/web:1.0.0"'


class Built:
    """A project and what became of it; an environment is its only one unless named."""

    def __init__(self, compilation: Compilation) -> None:
        self.compilation = compilation
        self.texts = {
            bundle.environment: {path.split("/", 1)[1]: text for path, text in render(bundle).items()}
            for bundle in compilation.bundles
        }

    def objects(self, environment="", app="shop"):
        """All Kubernetes objects of an app."""
        return _objects(self, environment or self.only, app)

    def kinds(self, name, environment="", app="shop"):
        """The kinds of the objects that have a name."""
        return sorted(one["kind"] for one in self.objects(environment, app) if one["metadata"]["name"] == name)

    def get(self, kind, name, environment="", app="shop"):
        """One object."""
        found = [one for one in self.objects(environment, app) if _is(one, kind, name)]
        assert len(found) == 1, (
            f"{len(found)} of {kind}/{name} in {[_title(one) for one in self.objects(environment, app)]}"
        )
        return found[0]

    def pod(self, kind, name, environment="", app="shop"):
        """The pod spec of an object."""
        spec = self.get(kind, name, environment, app)["spec"]
        return (spec["jobTemplate"]["spec"] if "jobTemplate" in spec else spec)["template"]["spec"]

    def container(self, kind, name, environment="", app="shop"):
        """The main container of an object."""
        return self.pod(kind, name, environment, app)["containers"][0]

    def env(self, kind, name, environment="", app="shop"):
        """The variables of the main container: a text, or `secret/key`."""
        found = {}
        for each in self.container(kind, name, environment, app).get("env", ()):
            source = each.get("valueFrom", {}).get("secretKeyRef")
            found[each["name"]] = f"{source['name']}/{source['key']}" if source else each["value"]
        return found

    def terraform(self, environment="", app="shop"):
        """The root module of an app."""
        return json.loads(self.texts[environment or self.only][f"{app}/terraform/main.tf.json"])

    def resource(self, type_, label, environment="", app="shop"):
        """One resource."""
        return self.terraform(environment, app)["resource"][type_][label]

    def data(self, type_, label, environment="", app="shop"):
        """One data source."""
        return self.terraform(environment, app)["data"][type_][label]

    @property
    def only(self):
        (environment,) = self.texts
        return environment

    @property
    def errors(self):
        """What is wrong: the code, the words, and the text at which they stand."""
        return [each for each in self.told if each.severity is Severity.ERROR]

    @property
    def told(self):
        """Everything that was said."""
        return [_Told(self.compilation, each) for each in self.compilation.diagnostics]


class _Told(NamedTuple):
    compilation: Compilation
    diagnostic: object

    @property
    def severity(self):
        return self.diagnostic.severity

    @property
    def code(self):
        return str(self.diagnostic.code)

    @property
    def message(self):
        return self.diagnostic.message

    @property
    def text(self):
        span = self.diagnostic.span
        return self.compilation.files_by_path[span.file].text[span.start : span.end]


@cache
def built(text: str) -> Built:
    """What a text becomes, errors included."""
    return Built(compile_project(Sources.of({"project.platform": TEAM + text}), Options(today=TODAY)))


@cache
def app(body: str, environments: str = DEV) -> Built:
    """What the app `shop` becomes; nothing may be wrong with it."""
    made = built(f"{environments}app shop {{\n team = web\n{body}\n}}\n")
    assert made.errors == [], [(each.code, each.message, each.text) for each in made.errors]
    return made


@cache
def service(body: str, environments: str = DEV) -> Built:
    """What a service `web` becomes that listens on 8080 unless it says otherwise."""
    return app(f"service web {{ {IMAGE}\n{body}\n}}", environments)


@cache
def wrong(body: str, environments: str = DEV) -> list[_Told]:
    """The errors of an app `shop`."""
    return built(f"{environments}app shop {{\n team = web\n{body}\n}}\n").errors


@cache
def _objects(made: Built, environment: str, app_name: str):
    found = []
    for path, text in sorted(made.texts[environment].items()):
        if path.startswith(f"{app_name}/kubernetes/") and not path.endswith("kustomization.yaml"):
            found.extend(each for each in yaml.load_all(text, Loader=yaml.CSafeLoader) if each)
    return found


def _is(one, kind, name):
    return one["kind"] == kind and one["metadata"]["name"] == name


def _title(one):
    return f"{one['kind']}/{one['metadata']['name']}"
