"""The parser's tables are those of the grammar, free of conflicts, and quick to load."""

import json
import subprocess
import sys

import pytest

from idpc.resources import resource
from idpc.syntax import tables
from idpc.syntax.terminals import terminals

GRAMMAR = resource("grammar", "platform.lark").read_text(encoding="utf-8")


def test_the_shipped_tables_are_those_of_the_grammar():
    shipped = json.loads(resource("grammar", "platform.tables.json").read_text(encoding="utf-8"))
    assert shipped == json.loads(json.dumps(tables.make(GRAMMAR))), "run scripts/make_parser_tables.py"


def test_a_conflict_in_the_grammar_is_refused():
    from lark.exceptions import GrammarError

    ambiguous = GRAMMAR.replace("?flat: operand\n", "?flat: operand\n     | operand OPERATOR operand -> chain_start\n")
    assert ambiguous != GRAMMAR
    with pytest.raises(GrammarError):
        tables.make(ambiguous)


def test_tables_are_made_where_none_are_shipped(monkeypatch):
    monkeypatch.setattr(tables, "fingerprint", lambda _: "another grammar")
    assert tables.load.__wrapped__() == tables.load()


def test_every_terminal_has_a_number_of_its_own():
    assert len({getattr(terminals(), name) for name in terminals().__slots__}) == len(tables.load().terminals)


def test_parsing_loads_no_parser_generator():
    code = (
        "import sys; from idpc.source import SourceFile; from idpc.syntax import parse_module;"
        "parse_module(SourceFile('a.platform', 'app a { x = = }')); print('lark' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "False\n"
