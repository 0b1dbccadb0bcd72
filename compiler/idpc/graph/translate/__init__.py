"""Turns the core into Python: each kind, template and function becomes Python functions once, as template engines do it."""

from collections.abc import Callable, Mapping
from functools import partial

from idpc.graph.translate import branches, calls, collections, operators, reads
from idpc.graph.translate.writer import Functions, Writer
from idpc.types import core as c

TRANSLATIONS: Mapping[type, Callable[..., str]] = {
    c.Const: reads.const,
    c.Var: reads.var,
    c.ReadLet: reads.read_let,
    c.ReadOwn: reads.read_own,
    c.ReadOwnOutput: reads.read_own_output,
    c.ReadInner: reads.read_inner,
    c.ReadInstance: reads.read_instance,
    c.ReadResource: reads.read_resource,
    c.Context: reads.context,
    c.InstanceMember: reads.instance_member,
    c.InstanceOutput: reads.instance_output,
    c.Member: reads.member,
    c.Index: reads.index,
    c.CallFn: calls.call_fn,
    c.CallBuiltin: calls.call_builtin,
    c.Operation: operators.operation,
    c.If: branches.choice,
    c.Match: branches.match,
    c.MakeList: collections.make_list,
    c.MakeMap: collections.make_map,
    c.MakeRecord: collections.make_record,
    c.Comprehension: collections.comprehension,
    c.MakeText: collections.make_text,
    c.MakeRange: collections.make_range,
    c.Convert: collections.convert,
}

new_writer: Callable[[Functions], Writer] = partial(Writer, translations=TRANSLATIONS)

__all__ = ["TRANSLATIONS", "Functions", "Writer", "new_writer"]
