"""Hostile input: a diagnostic or harmless output, under two seconds of the processor and 500 MB."""

import json
import os
from pathlib import Path

import pytest
from running import idpc

DEEP = 10_000
SERVICE = 'app a {\n  service web {\n    image = "ghcr.io/acme/web:1.0.0"\n    port = 8080\n%s\n  }\n}\n'


def tower(levels: int) -> str:
    """`let`s each of which is twice the one before."""
    steps = "".join(f'let t{n} = "${{t{n - 1}}}${{t{n - 1}}}"\n' for n in range(1, levels + 1))
    return f'let t0 = "xxxxxxxx"\n{steps}' + SERVICE % f"    env {{ T = t{levels} }}"


def list_tower(levels: int) -> str:
    """Lists each of which is twice the one before."""
    steps = "".join(f"let t{n} = flatten([t{n - 1}, t{n - 1}])\n" for n in range(1, levels + 1))
    return f"let t0 = [1, 2]\n{steps}" + SERVICE % f'    env {{ T = "${{len(t{levels})}}" }}'


TEXTS = {
    "nested lists": f"let x = {'[' * DEEP}{']' * DEEP}\n",
    "unclosed lists": f"let x = {'[' * DEEP}\n",
    "nested maps": f"let x = {'{ a = ' * DEEP}1{' }' * DEEP}\n",
    "nested parentheses": f"let x = {'(' * DEEP}1{')' * DEEP}\n",
    "nested negations": f"let x = {'!' * DEEP}true\n",
    "nested minuses": f"let x = {'-' * DEEP}1\n",
    "nested conditions": f"let x = {'if true then ' * DEEP}1{' else 2' * DEEP}\n",
    "nested calls": f"let x = {'len(' * DEEP}[]{')' * DEEP}\n",
    "nested interpolation": "let x = " + '"${' * DEEP + "1" + '}"' * DEEP + "\n",
    "nested blocks": "app a {\n" + "x {\n" * DEEP + "}\n" * DEEP + "}\n",
    "unclosed blocks": "app a {\n" + "x {\n" * DEEP,
    "closing braces": "}\n" * DEEP,
    "nested types": f"type T {{ x: {'map<' * DEEP}int{'>' * DEEP} }}\n",
    "array of array types": f"type T {{ x: int{'[]' * DEEP} }}\n",
    "long chain of operators": f"let x = {' + '.join(['1'] * DEEP)}\n",
    "long chain of members": f"let x = a{'.b' * DEEP}\n",
    "long chain of indexes": f"let y = [1]\nlet x = y{'[0]' * DEEP}\n",
    "many lets in a chain": "".join(f"let x{n} = x{n + 1}\n" for n in range(3000)) + "let x3000 = 1\n",
    "comprehension over 10^9": "let x = [for i in range(1_000_000_000): i]\n" + SERVICE % '    env { X = "${len(x)}" }',
    "comprehension of comprehensions": "let x = [for i in range(99_999): [for j in range(99_999): j]]\n"
    + SERVICE % '    env { X = "${len(x)}" }',
    "range of 10^18": SERVICE % '    env { X = "${len(range(1_000_000_000_000_000_000))}" }',
    "tower of forty lets": tower(40),
    "tower of forty lists": list_tower(40),
    "join that grows": SERVICE
    % '    env { X = join([for i in range(99_999): replace("aaaaaaaaaa", "a", "bbbbbbbbbb")], "") }',
    "pattern that backtracks": f'let x: string(/^(a+)+$/) = "{"a" * 5000}!"\n' + SERVICE % "    env { X = x }",
    "pattern that is huge": f"type T {{ x: string(/^{'(' * 8}a{'{100})' * 8}$/) }}\n",
    "pattern that is none": 'let x: string(/^(a$/) = "a"\n',
    "huge number": f"let x = {'9' * 100_000}\n",
    "huge exponent": "let x = 1.0e999999999\n",
    "huge quantity": SERVICE % f"    memory = {'9' * 5000}Gi",
    "huge date": "let x = 99999-99-99\n",
    "escape beyond Unicode": 'let x = "\\u{FFFFFFFFFF}"\n',
    "huge replicas": SERVICE % "    replicas = 9_223_372_036_854_775_807",
    "division by zero": SERVICE % '    env { X = "${1 / 0}" }',
    "cidr of everything": SERVICE % '    env { X = cidr_subnet("0.0.0.0/0", 99, 99999999999) }',
    "long name": f"let {'x' * 1_000_000} = 1\n",
    "long string": f'let x = "{"x" * 3_000_000}"\n',
    "long line of rubbish": "@#$%^&*" * 200_000,
    "a mistake a line": "app a {\n" + "  service { = \n" * 5000 + "}\n",
    "unknown name a line": "app a {\n" + "".join(f"  unknown{n} x{n} {{}}\n" for n in range(5000)) + "}\n",
    "only quotes": '"' * 100_001,
    "unclosed text": 'let x = """\n' + "x\n" * 100_000,
    "unclosed pattern": "type T { x: string(/" + "a" * 100_000,
    "bidirectional text": 'let x = "\u202e\u2066"\n\u202elet y = 1\n',
    "not a name": "let \U0001f600 = 1\n",
    "leaves by name": SERVICE % '    name = "../../../tmp/out"',
    "leaves by key": 'app a {\n  service web for k in ["../../out", "a/b", ".."] { image = "x:1" }\n}\n',
    "leaves by file": SERVICE % '    file "/../../etc/passwd" { content = "x" }',
    "leaves by quoted app": 'app "../../out" {\n  service web { image = "x:1" }\n}\n',
    "reads outside": SERVICE % '    env { X = read("../../../../../../etc/passwd") }',
    "reads absolute": SERVICE % '    env { X = read("/etc/passwd") }',
    "reads a device": SERVICE % '    env { X = read("/dev/zero") }',
    "reads a link": SERVICE % '    env { X = read("link") }',
    "reads a pipe": SERVICE % '    env { X = read("pipe") }',
    "reads itself": SERVICE % '    env { X = read("hostile.platform") }',
    "ring of lets": "let a = b\nlet b = a\n",
    "ring of functions": "fn f(x: int): int = g(x)\nfn g(x: int): int = f(x)\nlet a = f(1)\n",
    "ring of types": "type A { b: B }\ntype B { a: A }\n",
    "ring of defaults": "type A { b: A = {} }\n",
    "ring of templates": "template t {\n  t x { }\n}\napp a {\n  t y { }\n}\n",
}
BYTES = {
    "empty": b"",
    "5 MiB": b"let x = 1\n" * (5 * 1024 * 1024 // 10),
    "4 MiB of comments": b"// %s\n" % (b"x" * 124) * (4 * 1024 * 1024 // 128),
    "a declaration 5,000 times": b"let x = 1\n" * 5000,
    "NUL": b"let x = 1\0\n",
    "only NUL": b"\0" * 100_000,
    "invalid UTF-8": b'let x = "\xff\xfe"\n\xc3\x28',
    "truncated UTF-8": b'let x = "\xe2\x82',
    "surrogates": b'let x = "\xed\xa0\x80"\n',
    "UTF-16": 'let x = "1"\n'.encode("utf-16"),
    "random": bytes((n * 7919 + n // 13) % 256 for n in range(100_000)),
    "carriage returns": b"let x = 1\r" * 1000,
    "byte order mark": b"\xef\xbb\xbflet x = 1\n",
}
ALL = {name: text.encode() for name, text in TEXTS.items()} | BYTES


@pytest.fixture(scope="module", autouse=True)
def library(tmp_path_factory):
    """The standard library is checked once a version, and not in the time of a hostile text."""
    assert _checked(tmp_path_factory.mktemp("first"), b"let x = 1\n").code == 0


@pytest.mark.parametrize("name", ALL)
def test_check_survives(name, tmp_path):
    ended = _checked(tmp_path, ALL[name])
    assert ended.code in (0, 1), ended.said[-2000:]
    assert "IDP9" not in ended.said
    assert "Traceback" not in ended.said
    assert "root:" not in ended.said
    assert ended.seconds < 2
    assert ended.mebibytes < 500
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["hostile.platform", "link", "pipe", "project"]


@pytest.mark.parametrize(
    "name", ["nested lists", "nested blocks", "4 MiB of comments", "long line of rubbish", "random"]
)
def test_fmt_survives(name):
    ended = idpc("fmt", "-", stdin=ALL[name])
    assert ended.code in (0, 1), ended.said[-2000:]
    assert "IDP9" not in ended.said
    assert ended.mebibytes < 500


def test_what_looks_like_yaml_or_terraform_stays_a_value(tmp_path):
    values = [
        "a: b",
        "- a",
        "*alias",
        "&anchor x",
        "!!python/object/apply:os.system ['true']",
        "null",
        "~",
        "yes",
        "0x1F",
        "1e3",
        "2026-01-01",
        "---",
        "...\n---\nkind: Secret",
        "{{ .Values.x }}",
        "%{ if true }x%{ endif }",
        "# comment",
        "'\"`",
        "\t\\n",
        " leading",
        "trailing ",
        "line\nbreak\n",
        "\u2028\u0085",
        "$${x}",
        "%",
        "",
    ]
    lines = "\n".join(f"      V{n} = {_literal(value)}" for n, value in enumerate(values))
    (tmp_path / "hostile.platform").write_text(SERVICE % f"    env {{\n{lines}\n    }}", encoding="utf-8")
    ended = idpc("build", "hostile.platform", "-o", "out", "--today", "2026-11-01", cwd=tmp_path)
    assert ended.code == 0, ended.said
    assert _environment(tmp_path / "out") == {f"V{n}": value for n, value in enumerate(values)}


def _checked(folder: Path, content: bytes):
    project = folder / "project"
    project.mkdir()
    (project / "hostile.platform").write_bytes(content)
    (project / "link").symlink_to("/etc/passwd")
    os.mkfifo(project / "pipe")
    return idpc("check", "hostile.platform", cwd=project)


def _literal(value: str) -> str:
    written = json.dumps(value, ensure_ascii=False).replace("$", "\\$")
    return "".join(character if character.isprintable() else f"\\u{{{ord(character):x}}}" for character in written)


def _environment(out: Path) -> dict[str, str]:
    """The variables of the one container in what was built, as a cluster reads them: `$$` is its way to write `$`."""
    import yaml

    for path in out.rglob("kubernetes/*.yaml"):
        for document in yaml.safe_load_all(path.read_text(encoding="utf-8")):
            if document and document.get("kind") == "Deployment":
                entries = document["spec"]["template"]["spec"]["containers"][0]["env"]
                return {entry["name"]: entry.get("value", "").replace("$$", "$") for entry in entries}
    return {}
