"""A cluster as far as admission goes: evaluates policies on objects with an implementation of CEL that is not ours."""

from functools import cache

import cel
import yaml

FUNCTIONS = {
    "upperAscii": str.upper,
    "lowerAscii": str.lower,
    "trim": str.strip,
    "join": lambda texts, between: between.join(texts),
    "split": str.split,
    "replace": str.replace,
}
"""What Kubernetes adds to CEL, by kubernetes.io/docs/reference/using-api/cel, of which idpc makes use."""
FAILURES = (RuntimeError, TypeError, ValueError, KeyError, IndexError)
"""What the evaluator raises where an expression has no value."""

_program = cache(cel.compile)


def evaluate(expression, obj, variables=()):
    """The value of an expression, in a scope with an object and variables."""
    scope = cel.Context({"object": obj, "variables": dict(variables)})
    for name, function in FUNCTIONS.items():
        scope.add_function(name, function)
    return _program(expression).execute(scope)


class Policy:
    """A ValidatingAdmissionPolicy or a ConstraintTemplate, by the text of its file."""

    def __init__(self, text):
        self.documents = list(yaml.safe_load_all(text))
        spec = self.documents[0]["spec"]
        self.spec = spec["targets"][0]["code"][0]["source"] if "targets" in spec else spec

    def looks_at(self, obj):
        """Whether the conditions of a match hold; labels are looked at by the API server before that."""
        return all(evaluate(each["expression"], obj) for each in self.spec.get("matchConditions", ()))

    def verdicts(self, obj):
        """For each validation whether it holds, None where it has no value."""
        variables = self._variables(obj)
        return [self._verdict(each["expression"], obj, variables) for each in self.spec["validations"]]

    def messages(self, obj):
        """What is said of an object for each validation."""
        variables = self._variables(obj)
        return [
            str(evaluate(each["messageExpression"], obj, variables)) if "messageExpression" in each else each["message"]
            for each in self.spec["validations"]
        ]

    def _variables(self, obj):
        found = {}
        for each in self.spec.get("variables", ()):
            found[each["name"]] = evaluate(each["expression"], obj, found)
        return found

    def _verdict(self, expression, obj, variables):
        try:
            return bool(evaluate(expression, obj, variables))
        except FAILURES:
            return None
