"""What is said of Rego that cannot be used, in English."""

from collections.abc import Mapping, Sequence

from idpc.diagnostics import Diagnostic, Edit, Fix, Label
from idpc.diagnostics.codes import policy as codes
from idpc.policy.engine import Failure
from idpc.policy.rego.module import RegoFile, Rule
from idpc.policy.rego.tokens import Token
from idpc.policy.share import RegoPolicy
from idpc.resolve.suggest import did_you_mean
from idpc.source import SourceFile, Span


def no_engine(policy: str, place: Span, why: str) -> Diagnostic:
    """Rego, and nothing that runs it."""
    message = f"the policy `{policy}` is written in Rego, and {why}"
    helps = "install `gordon-to-regorus`, or use `--policy-engine opa`"
    return codes.NO_ENGINE.at(place, message, hint="not checked", help=helps).but(policy=policy)


def missing_files(policy: str, place: Span, pattern: str, known: Sequence[str]) -> Diagnostic:
    """A pattern that no file fits."""
    near = did_you_mean(pattern, known)
    hint = f"did you mean `{near}`?" if near else "no such file"
    fixes = (Fix(f"write `{near}`", (Edit(place, f'"{near}"'),)),) if near else ()
    helps = "paths are relative to the folder of `project.platform`; tests (`*_test.rego`) are no policies, and templates of Gatekeeper"
    helps += " are read from folders called `gatekeeper`"
    message = f"the policy `{policy}` has no Rego: no file fits `{pattern}`"
    return codes.REGO_MISSING.at(place, message, hint=hint, help=helps, fixes=fixes).but(policy=policy)


def not_of_objects(policy: str, place: Span) -> Diagnostic:
    """Gatekeeper's files in a policy that looks at something else."""
    message = f"the policy `{policy}` is Gatekeeper's, which looks at objects"
    return codes.GATEKEEPER.at(place, message, hint='needs `target = "manifest"`')


def no_results(policy: str, place: Span, files: Sequence[RegoFile]) -> Diagnostic:
    """Files without a rule whose values are violations."""
    names = ", ".join(f"`{file.source.path}`" for file in files)
    helps = "`deny`, `warn` and `violation`, or these with a name behind them (`deny_root`), are what is looked at"
    message = f"the policy `{policy}` would never say anything: there is no rule of it in {names}"
    return codes.REGO_MISSING.at(place, message, hint="nothing to violate", help=helps).but(policy=policy)


def failed(failure: Failure, policy: RegoPolicy, rule: Span, files: Mapping[str, SourceFile]) -> Diagnostic:
    """What an engine could not do; `rule` is the place of the policy's first rule."""
    if failure.what == "absent":
        return no_engine(policy.name, policy.place, failure.message)
    span = failure_span(failure, files) or rule
    labels = (Label(policy.place, f"the policy `{policy.name}`"),)
    if failure.what == "syntax":
        other = "v0" if policy.language == "v1" else "v1"
        helps = f'it is Rego {other}: say `language = "{other}"` in the policy' if failure.other_language else ""
        message = f"`{span.file}` is no Rego {policy.language}: {failure.message}"
        return codes.REGO_SYNTAX.at(span, message, labels=labels, help=helps).but(policy=policy.name)
    code = codes.REGO_FAILED if failure.what == "failed" else codes.REGO_STOPPED
    message = f"the policy `{policy.name}` cannot be judged: {failure.message}"
    hint = "here" if failure.line else "somewhere in the rules from here on"
    return code.at(span, message, labels=labels, hint=hint).but(policy=policy.name)


def failure_span(failure: Failure, files: Mapping[str, SourceFile]) -> Span | None:
    """The word at the place of a failure."""
    file = files.get(failure.file)
    if file is None or not 1 <= failure.line <= len(file.starts):
        return None
    start = file.starts[failure.line - 1] + min(max(failure.column - 1, 0), len(file.line(failure.line)))
    return Span(file.path, start, min(start + 1, len(file.text)))


def unknown_call(name: str, span: Span, near: str | None, policy: str) -> Diagnostic:
    """A call of a function that neither the engine nor a file of the policy has."""
    hint = f"did you mean `{near}`?" if near else "no such function"
    fixes = (Fix(f"write `{near}`", (Edit(span, near),)),) if near else ()
    message = f"there is no function `{name}`: a rule that calls it would never hold"
    return codes.UNKNOWN_CALL.at(span, message, hint=hint, fixes=fixes).but(policy=policy)


def unknown_path(before: str, name: str, span: Span, known: Sequence[str], policy: str) -> Diagnostic:
    """A step that leads out of what is known of the input or of the data."""
    near = did_you_mean(name, known)
    hint = f"did you mean `{near}`?" if near else f"it has {', '.join(sorted(known))}" if known else "it is a list"
    fixes = (Fix(f"write `{near}`", (Edit(span, near),)),) if near else ()
    message = f"`{before}` has no `{name}`: a rule that reads it would never hold"
    return codes.UNKNOWN_PATH.at(span, message, hint=hint, fixes=fixes).but(policy=policy)


def unknown_word(what: str, name: str, span: Span, near: str, policy: str) -> Diagnostic:
    """A word for a kind or field that there is not."""
    message = f"there is no {what} `{name}`: a rule that asks for it would never hold"
    fixes = (Fix(f"write `{near}`", (Edit(span, near),)),)
    return codes.UNKNOWN_PATH.at(span, message, hint=f"did you mean `{near}`?", fixes=fixes).but(policy=policy)


def unread_parameter(name: str, span: Span, policy: str) -> Diagnostic:
    """A parameter that no file of a policy mentions."""
    message = f"no rule of the policy `{policy}` reads the parameter `{name}`"
    helps = "parameters are `data.params`, and in Gatekeeper's form `input.parameters`"
    return codes.SILENT.at(span, message, hint=f"`{name}` is not read", help=helps).but(policy=policy)


def map_of_results(rule: Rule, words: Sequence[Token], close: int, file: RegoFile, policy: str) -> Diagnostic:
    """`deny[x] if`, of which the values are `true`."""
    opened, closed = words[1], words[close]
    edits = (Edit(file.span(opened), " contains "), Edit(file.span(closed), ""))
    return codes.SILENT.at(
        rule.span,
        f"`{rule.name}[…] if` makes a map, and says nothing when it holds",
        hint=f"write `{rule.name} contains … if`",
        fixes=(Fix("write `contains`", edits),),
        help='in Rego v0, without `if`, it is a set: say `language = "v0"` in the policy',
    ).but(policy=policy)


def misspelt_rule(rule: Rule, near: str, policy: str) -> Diagnostic:
    """A rule that nobody reads, named nearly like one that says what is wrong."""
    return codes.SILENT.at(
        rule.span,
        f"nobody reads `{rule.name}`: only `deny`, `warn` and `violation` say what is wrong",
        hint=f"did you mean `{near}`?",
        fixes=(Fix(f"write `{near}`", (Edit(rule.span, near),)),),
    ).but(policy=policy)


def exception(rule: Rule, policy: str) -> Diagnostic:
    """A rule that would take violations back."""
    return codes.SILENT.at(
        rule.span,
        "`exception` takes nothing back here: the rules that it names would still be violated",
        hint="declare a `waiver`",
        help=f"`waiver NAME {{ policy = {policy}, target = …, reason = …, owner = …, expires = … }}`",
    ).but(policy=policy)


def unwritten_verb(verb: str, span: Span, policy: str) -> Diagnostic:
    """A verb of `sprintf` that the engine leaves out or refuses."""
    message = f"`sprintf` does not know `{verb}` here: the message would be wrong, or the rule would fail"
    return codes.SILENT.at(span, message, hint="write `%v`", help="flags and precision are not known either").but(
        policy=policy
    )


def annotation(span: Span, fault: str) -> Diagnostic:
    """A `# METADATA` block that is no YAML."""
    return codes.ANNOTATION.at(span, f"what follows `METADATA` cannot be read: {fault}", hint="YAML is expected below")


def unusable_data(file: SourceFile, why: str, policy: str) -> Diagnostic:
    """A data file that gives no map, or one that another one contradicts."""
    message = f"`{file.path}` cannot be data of the policy `{policy}`: {why}"
    return codes.DATA_UNUSABLE.at(Span(file.path, 0, 0), message).but(policy=policy)


def wrong_shape(rule: Rule, what: str, policy: str) -> Diagnostic:
    """A rule whose value says nothing that can be told."""
    message = f"`{rule.name}` gives {what}, which says nothing that can be told"
    helps = "violations are strings, or objects with `msg`: `deny contains msg if { … }`"
    return codes.RESULT_SHAPE.at(rule.span, message, hint="no violation", help=helps).but(policy=policy)
