"""What statements and declarations mean, and where they stand."""

import pytest
from syntax_samples import WIDE, module_of, shown

from idpc.source import SourceFile
from idpc.syntax import parse_module
from idpc.syntax.nodes import (
    Assign,
    Block,
    DottedLabel,
    FieldDecl,
    Fn,
    IfStatement,
    Import,
    Name,
    OutputDecl,
    TypeAlias,
)


def only(text: str):
    """The one statement of a text."""
    (statement,) = module_of(text).statements
    return statement


def inside(text: str, of: str = "app a"):
    """The one statement of a body."""
    (statement,) = only(f"{of} {{\n{text}\n}}").body
    return statement


def test_the_wide_sample_has_all_its_declarations():
    module = module_of(WIDE)
    assert len(module.statements) == 14
    assert module.broken == ()
    assert [comment.text for comment in module.comments][:1] == ["/// Everything that the language has, in one file."]


HEADERS = {
    "service web { }": ("service", ["web"], []),
    'file "/etc/x" { }': ("file", ["/etc/x"], []),
    "data aws_vpc main { }": ("data", ["aws_vpc", "main"], []),
    "uses billing.ledger { }": ("uses", ["billing.ledger"], []),
    "patch Deployment main { }": ("patch", ["Deployment", "main"], []),
    "output { }": ("output", [], []),
    "type { }": ("type", [], []),
    '"nginx.conf" { }': ("nginx.conf", [], []),
}


@pytest.mark.parametrize(("text", "parts"), HEADERS.items())
def test_header(text, parts):
    block = inside(text)
    assert isinstance(block, Block)
    assert (block.head.text, [said(label) for label in block.labels], [each.text for each in block.targets]) == parts


def said(label: DottedLabel | Name) -> str:
    return label.text if isinstance(label, Name) else ".".join(name.text for name in label.names)


@pytest.mark.parametrize(
    ("text", "targets"), [("provision aws | gcp { }", ["aws", "gcp"]), ("access any { read { }, write { } }", ["any"])]
)
def test_targets(text, targets):
    block = inside(text, "kind k")
    assert [each.text for each in block.targets] == targets
    assert block.labels == ()


def test_clauses_of_a_header():
    block = inside("cron_job sweep for key, x in xs if x != dev { }")
    assert shown(block.loop) == "(Loop [key x] xs)"
    assert shown(block.condition) == "(Binary '!=' x dev)"
    assert block.header_span.end - block.header_span.start == len("cron_job sweep for key, x in xs if x != dev")


@pytest.mark.parametrize(
    "word", ["kind", "type", "fn", "template", "output", "provision", "import", "patch", "data", "then"]
)
def test_words_of_declarations_are_ordinary_names(word):
    assert isinstance(inside(f'{word} = "x"'), Assign)
    assert isinstance(inside(f"{word} {{ }}"), Block)
    assert isinstance(inside(f"{word}: int = 1", "type T"), FieldDecl)


@pytest.mark.parametrize("word", ["for", "match", "true", "false", "null", "let", "if", "in", "require"])
def test_keywords_begin_no_field_without_quotes(word):
    assert parse_module(SourceFile("a.platform", f"app a {{ {word} = 1 }}")).diagnostics
    assert isinstance(inside(f'"{word}" = 1'), Assign)


DECLARATIONS = {
    'type Size = "small" | "large"': TypeAlias,
    "fn f(a: int, b: string = e): bool = a > 1": Fn,
    "fn f() = 1": Fn,
    'import { a, b } from "std/edge"': Import,
    'import "acme/kinds" as acme': Import,
}


@pytest.mark.parametrize(("text", "sort"), DECLARATIONS.items())
def test_declaration(text, sort):
    assert isinstance(only(text), sort)


TYPES = {
    "string?": "(OptionalType (NamedType string none none))",
    "int(1..50)[]": "(ListType (NamedType int none (RangeExpr 1 50)))",
    "duration(1d..)": "(NamedType duration none (RangeExpr 1d none))",
    "int(..5)": "(NamedType int none (RangeExpr none 5))",
    "string(/^a\\/b$/)": "(NamedType string none (Pattern '^a\\\\/b$'))",
    "map<string, map<int>>": "(GenericType map [(NamedType string none none) (GenericType map [(NamedType int none none)])])",
    "acme.Size": "(NamedType Size acme none)",
    "(int | null)[]": "(ListType (UnionType [(NamedType int none none) (LiteralType (Null))]))",
}


@pytest.mark.parametrize(("text", "form"), TYPES.items())
def test_type(text, form):
    assert shown(inside(f"x: {text}", "type T").type) == form


def test_outputs_with_and_without_type():
    first, second = only("kind k {\n output a: string\n output b = 1\n}").body
    assert isinstance(first, OutputDecl)
    assert isinstance(second, OutputDecl)
    assert (first.value, second.type) == (None, None)


def test_an_else_if_is_one_statement():
    statement = inside("if a { } else if b { } else { x = 1 }")
    assert isinstance(statement, IfStatement)
    (nested,) = statement.otherwise
    assert isinstance(nested, IfStatement)
    assert len(nested.otherwise) == 1


def test_annotations_and_doc_comments_belong_to_what_follows():
    first, second = only(
        'kind k {\n/// One.\n/// Two.\n@was("a") @locked\nx: int\n@deprecated("no")\n/// Three.\ny: int\n}'
    ).body
    assert ([each.name.text for each in first.annotations], first.doc) == (["was", "locked"], "One.\nTwo.")
    assert ([each.name.text for each in second.annotations], second.doc) == (["deprecated"], "Three.")


def test_commas_and_lines_separate_alike():
    assert shown(only("app a { x = 1, y = 2 }").body) == shown(only("app a {\nx = 1\ny = 2,\n}").body)
