"""The parser's tables: read ready-made beside the grammar, or made from it by Lark where they are missing or stale."""

import json
from functools import cache
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from idpc.resources import resource

if TYPE_CHECKING:
    from lark import Lark
    from lark.grammar import Rule as LarkRule

START_SYMBOLS = ("module", "expression")
END = "$END"


class Rule(Struct, frozen=True):
    """A rule of the grammar: the action that builds its value (none for a rule that passes it on), size and result."""

    action: str
    size: int
    result: int


class Tables(Struct, frozen=True):
    """What an LALR(1) parser does in each state.

    `actions[state]` maps a terminal to the state after it (positive), or to the rule to reduce by (minus its number,
    from 1). States count from 1 as well. `gotos[state]` maps a nonterminal to the state after it.
    """

    terminals: tuple[str, ...]
    patterns: dict[str, str]
    rules: tuple[Rule, ...]
    actions: tuple[dict[int, int], ...]
    gotos: tuple[dict[int, int], ...]
    starts: dict[str, int]
    ends: dict[str, int]
    finals: frozenset[int]


@cache
def load() -> Tables:
    """The tables of the grammar that ships with idpc."""
    grammar = resource("grammar", "platform.lark").read_text(encoding="utf-8")
    ready = resource("grammar", "platform.tables.json")
    if ready.is_file():
        document = json.loads(ready.read_text(encoding="utf-8"))
        if document["grammar"] == fingerprint(grammar):
            return _from_document(document)
    return _from_document(make(grammar))


def fingerprint(grammar: str) -> str:
    """What tells whether tables were made from this text of the grammar."""
    return sha256(grammar.encode()).hexdigest()


def make(grammar: str) -> dict[str, Any]:
    """The tables of a grammar as a JSON document; a conflict in the grammar raises."""
    lark = _lark(grammar)
    table = lark.parser.parser._parse_table  # noqa: SLF001  # Lark has no public way to its tables
    rows = table.states
    order = _order(rows, [table.start_states[name] for name in START_SYMBOLS])
    states = {state: number for number, state in enumerate(order, 1)}
    symbols = sorted({name for row in rows.values() for name in row})
    terminals = {name: number for number, name in enumerate(filter(_is_terminal, symbols))}
    rules = sorted(lark.rules, key=_text)
    results = {name: number for number, name in enumerate(sorted({str(rule.origin.name) for rule in rules}))}
    numbers = {rule: number for number, rule in enumerate(rules, 1)}
    return {
        "grammar": fingerprint(grammar),
        "terminals": list(terminals),
        "patterns": {terminal.name: terminal.pattern.to_regexp() for terminal in lark.terminals},
        "rules": [[rule.alias or "", len(rule.expansion), results[str(rule.origin.name)]] for rule in rules],
        "actions": [
            [
                part
                for name, (action, target) in sorted(rows[state].items())
                if name in terminals
                for part in (terminals[name], -numbers[target] if action.name == "Reduce" else states[target])
            ]
            for state in order
        ],
        "gotos": [
            [
                part
                for name, (_, target) in sorted(rows[state].items())
                if name in results
                for part in (results[name], states[target])
            ]
            for state in order
        ],
        "starts": {name: states[table.start_states[name]] for name in START_SYMBOLS},
        "ends": {name: states[table.end_states[name]] for name in START_SYMBOLS},
    }


def _is_terminal(symbol: str) -> bool:
    return symbol.isupper()


def _order(rows: dict[int, dict[str, Any]], starts: list[int]) -> list[int]:
    """The states as they are met from the start: Lark's own numbers differ from run to run."""
    order = list(dict.fromkeys(starts))
    met = set(order)
    for state in order:
        for _, (action, target) in sorted(rows[state].items(), key=_symbol):
            if action.name == "Shift" and target not in met:
                met.add(target)
                order.append(target)
    return order


def _symbol(item: tuple[str, Any]) -> str:
    return item[0]


def _text(rule: "LarkRule") -> str:
    return f"{rule.origin.name}: {' '.join(symbol.name for symbol in rule.expansion)} -> {rule.alias}"


def _lark(grammar: str) -> "Lark":
    from lark import Lark
    from lark.lexer import Lexer

    class NoLexer(Lexer):
        """Lark only makes the tables."""

        def __init__(self, lexer_conf: Any) -> None:
            pass

        def lex(self, lexer_state: Any, parser_state: Any) -> Any:  # noqa: ARG002  # Lark's interface
            return iter(())

    return Lark(grammar, parser="lalr", lexer=NoLexer, strict=True, start=list(START_SYMBOLS), maybe_placeholders=False)


def _from_document(document: dict[str, Any]) -> Tables:
    return Tables(
        terminals=tuple(document["terminals"]),
        patterns=document["patterns"],
        rules=(Rule("", 0, 0), *(Rule(*rule) for rule in document["rules"])),
        actions=({}, *(_pairs(row) for row in document["actions"])),
        gotos=({}, *(_pairs(row) for row in document["gotos"])),
        starts=document["starts"],
        ends=document["ends"],
        finals=frozenset(document["ends"].values()),
    )


def _pairs(row: list[int]) -> dict[int, int]:
    return dict(zip(row[::2], row[1::2], strict=True))
