"""The writers: what they write reads back as the same, and looks as it should."""

import json
import math

import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st

from idpc.emit.json_writer import json_document
from idpc.emit.yaml_writer import yaml_document, yaml_stream

TRICKY = st.sampled_from(
    "|~|null|Yes|no|on|OFF|y|1|1.0|1e3|1E+3|0o7|017|0x1F|0b1|1_000|.5|-.inf|.NaN|12:30:45|1:30|2027-01-31|2027-1-3 10:00:00"
    "|2027-01-31T10:00:00Z|=|<<|-|- a|-a|?|? a|?a|:|: a|:a|a:|a: b|a :b|a #b|a# b|#a|*a|&a|!a|%a|@a|`a|'a'|\"a\"|[a]|{a}|a, b|,a"
    "|---|...|--- a|> a|\\|| a|a |\ta|a\t|a\tb| |\n|a\n|a\nb|a\nb\n|a\n\n|\na|\n a\n| a\n b|a\n  \nb|a \nb|a\n \n|\ta\nb|a\r\nb|a\rb|\x85|a\u2028b"
    "|\ufeffa|\ufffe|\x00|\x7f|\x1b[31m|😀|\\|\\n|'|\"|it's|a'b\"c|${x}|$(X)|{{ x }}|1.2.3|250m|0.5Gi|10.0.0.0/8|8080:80|a\n---\nb|+|+1|-1|0|00|1.|1__0"
    "|12e45678|0x|0o|.|..|1.e5|1:60|-0|true |True\n|\n\n|  \n".split("|")
)
STRINGS = st.one_of(st.text(), st.text("ab :#-\n\t'\"{}[]|>~.0123e_", max_size=12), TRICKY)
NUMBERS = st.one_of(st.integers(), st.floats(allow_nan=False), st.booleans(), st.none())
TREES = st.recursive(
    st.one_of(STRINGS, NUMBERS),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(STRINGS, inner, max_size=4)),
    max_leaves=12,
)


def exact(value: object) -> object:
    """A form in which 1, 1.0 and True differ."""
    if isinstance(value, dict):
        return {key: exact(item) for key, item in value.items()}
    if isinstance(value, list):
        return [exact(item) for item in value]
    return type(value).__name__, value


@pytest.mark.parametrize("loader", [yaml.SafeLoader, getattr(yaml, "CSafeLoader", yaml.SafeLoader)])
@settings(max_examples=600, deadline=None)
@given(TREES)
@example({"a": "\n", "b": ["\n a\n\n", "x"], "c": {"d": [["a\nb", "c"], [["d\n"]]]}})
@example({"x" * 2000: {"a": [1]}, "y": 1})
def test_yaml_reads_back(loader: type, tree: object) -> None:
    text = yaml_document(tree)
    text.encode()
    assert exact(yaml.load(text, loader)) == exact(tree)  # noqa: S506  # both are safe loaders


@settings(max_examples=300, deadline=None)
@given(TREES, st.booleans())
def test_json_reads_back(tree: object, sort_keys: bool) -> None:
    if any(isinstance(leaf, float) and not math.isfinite(leaf) for leaf in leaves(tree)):
        with pytest.raises(ValueError, match="not JSON compliant"):
            json_document(tree)
        return
    text = json_document(tree, sort_keys=sort_keys)
    text.encode()
    assert exact(json.loads(text)) == exact(tree)
    assert text == json.dumps(tree, indent=2, ensure_ascii=False, sort_keys=sort_keys) + "\n"


def leaves(tree: object) -> list[object]:
    items = tree.values() if isinstance(tree, dict) else tree if isinstance(tree, list) else None
    return [tree] if items is None else [leaf for item in items for leaf in leaves(item)]


def test_the_style() -> None:
    tree = {
        "spec": {"args": ["serve", "--addr=:8080"], "empty": {}, "none": [], "on": "on", "weight": 0.5, "gone": None},
        "kind": "X",
        "metadata": {"labels": {"idpc.dev/tier": "1", "url": "http://x:9090/?a=b#c"}},
        "data": {
            "nginx.conf": "server {\n  listen 80;\n}\n",
            "list": [["a", "b"], [], {"k": {"v": True}, "w": "a: b"}],
        },
        "apiVersion": "v1",
    }
    assert yaml_document(tree) == STYLE


STYLE = """\
apiVersion: v1
kind: X
metadata:
  labels:
    idpc.dev/tier: '1'
    url: http://x:9090/?a=b#c
spec:
  args:
  - serve
  - --addr=:8080
  empty: {}
  none: []
  'on': 'on'
  weight: 0.5
  gone: null
data:
  nginx.conf: |
    server {
      listen 80;
    }
  list:
  - - a
    - b
  - []
  - k:
      v: true
    w: 'a: b'
"""


def test_a_long_line_stays_one() -> None:
    assert yaml_document({"a": "word " * 100 + "end"}).count("\n") == 1


@pytest.mark.parametrize(
    "text",
    ["a", "250m", "1.2.3", "10.0.0.0/8", "a#b", "a:b", "-x", "$(VAR)", "it's", "a, b", 'sum(x{a="b"})'],
)
def test_quotes_only_where_needed(text: str) -> None:
    assert yaml_document({"k": text}) == f"k: {text}\n"


def test_a_stream() -> None:
    assert yaml_stream([{"a": 1}, {"b": 2}]) == "a: 1\n---\nb: 2\n"
