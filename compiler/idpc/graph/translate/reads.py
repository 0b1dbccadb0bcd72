"""What expressions read: constants, variables, fields, instances, and members of all of these."""

from idpc.graph.members import Step
from idpc.graph.translate.writer import Writer
from idpc.types import core as c
from idpc.types.model import PLAIN, RecordType, UnknownType, mark_of


def const(core: c.Const, writer: Writer) -> str:
    """A value that the checker knows; of a broken expression, none."""
    if isinstance(core.type, UnknownType):
        return "poison()"
    value = core.value
    return repr(value) if value is None or value is True or value is False else writer.constant(value)


def var(core: c.Var, writer: Writer) -> str:
    """A loop variable or parameter: a local name, or one of the frame."""
    return writer.names.get(core.slot) or f"f.variables[{core.slot!r}]"


def read_let(core: c.ReadLet, writer: Writer) -> str:
    """A `let`."""
    return f"f.let({writer.constant(core.let)})"


def read_own(core: c.ReadOwn, writer: Writer) -> str:
    """A field of the declaration in which the expression stands."""
    return f"f.owner.field({core.name!r}, {writer.constant(core.span)})"


def read_own_output(core: c.ReadOwnOutput, writer: Writer) -> str:
    """An output of that declaration."""
    return f"f.owner.read_output({core.name!r}, {writer.constant(core.path)}, f, {writer.constant(core.span)})"


def read_inner(core: c.ReadInner, writer: Writer) -> str:
    """An instance of that template."""
    return f"f.run.instance(f.owner.inner, {core.name!r}, {core.tolerant}, {writer.constant(core.span)})"


def read_instance(core: c.ReadInstance, writer: Writer) -> str:
    """An instance of an app."""
    app = writer.constant(core.app) if core.app else "f.app"
    name, span = writer.constant(core.name), writer.constant(core.span)
    return f"f.run.app_instance({app}, {name}, {core.tolerant}, {span})"


def read_resource(core: c.ReadResource, writer: Writer) -> str:
    """A resource or object of the same `provision`."""
    return f"f.owner.read_resource({writer.constant(core)})"


def context(core: c.Context, _: Writer) -> str:
    """`self`, `environment`, `app` and so on."""
    return "f.own.reference" if core.name == "self" else f"f.context({core.name!r})"


def instance_member(core: c.InstanceMember, writer: Writer) -> str:
    """A field, attribute or inner instance, through a reference."""
    span = writer.constant(core.span)
    if isinstance(core.base, c.Context) and core.base.name == "self":
        if core.what == "attribute":
            return f"f.own.attribute({core.name!r})"
        return f"f.own.member({core.name!r}, {core.what!r}, f, {span})"
    base = writer.value(core.base)
    return f"instance_member(f, {base}, {core.name!r}, {core.what!r}, {span})"


def instance_output(core: c.InstanceOutput, writer: Writer) -> str:
    """An output, through a reference."""
    base = writer.value(core.base)
    name, path, span = map(writer.constant, (core.name, core.path, core.span))
    return f"instance_output(f, {base}, {name}, {path}, {span})"


def member(core: c.Member, writer: Writer) -> str:
    """A member of a value; of a complete record just its entry."""
    base, type_ = writer.value(core.base), core.base.type
    if core.how == "record" and isinstance(type_, RecordType) and not type_.schema and not core.tolerant:
        return f"{base}[{core.name!r}]"
    if core.how == "range" and not core.tolerant and mark_of(type_) == PLAIN:
        return f"{base}.{core.name}"
    tolerant = core.tolerant or core.how == "any"
    step = Step(core.name, core.span, tolerant, tolerant or core.how == "record")
    return f"member({base}, {writer.constant(step)}, f)"


def index(core: c.Index, writer: Writer) -> str:
    """`base[index]`."""
    base, index = writer.value(core.base), writer.value(core.index)
    return f"item({base}, {index}, {core.tolerant}, {writer.constant(core.span)})"
