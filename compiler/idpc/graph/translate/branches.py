"""Branches: `if` and `match`."""

from idpc.graph.layers import Guard
from idpc.graph.translate.writer import DEEPEST_BLOCK, Writer, outlined
from idpc.types import core as c


def guarding(guards: tuple[Guard, ...], writer: Writer) -> str:
    """Whether all conditions are as they must be; none is looked at after one that is not."""
    for test, side in guards:
        with writer.block(f"if {'not ' if side else ''}{writer.value(test)}:"):
            writer.line("return False")
    return "True"


def choice(core: c.If, writer: Writer) -> str:
    """`if`: a conditional expression where both branches are expressions."""
    if writer.depth > DEEPEST_BLOCK:
        return outlined(core, writer)
    test, name = writer.value(core.condition), writer.fresh()
    start = len(writer.lines)
    with writer.block(f"if {test}:"):
        then = writer.part(core.then)
        writer.line(f"{name} = {then}")
    with writer.block("else:"):
        otherwise = writer.part(core.otherwise)
        writer.line(f"{name} = {otherwise}")
    if len(writer.lines) > start + 4:
        return name
    del writer.lines[start:]
    return f"({then} if {test} else {otherwise})"


def match(core: c.Match, writer: Writer) -> str:
    """`match`: a loop that the first arm which fits leaves."""
    if writer.depth > DEEPEST_BLOCK:
        return outlined(core, writer)
    of_types = any(arm.types for arm in core.arms)
    subject = writer.kept(writer.value(core.subject, whole=not of_types))
    name = writer.fresh()
    with writer.block("while True:"):
        for arm in core.arms:
            _arm(arm, subject, name, writer)
        writer.line(f"raise no_case({writer.constant(core.span)})")
    return name


def _arm(arm: c.Arm, subject: str, name: str, writer: Writer) -> None:
    """An arm ends the loop that stands around all of them."""
    tests = [f"matches({subject}, {writer.constant(each)})" for each in arm.types]
    tests += [f"equal({subject}, {writer.value(each)})" for each in arm.values]
    with writer.block(f"if {' or '.join(tests) or 'True'}:"):
        writer.line(f"{name} = {writer.part(arm.result)}")
        writer.line("break")
