"""Holds the rules of ARCHITECTURE.md against the code: floors, imports, sizes, codes and pages."""

import ast
import datetime
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from casefile import Block, Case

from idpc.diagnostics.codes import REGISTRY
from idpc.project import Sources, standard_library

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "compiler" / "idpc"
PAGES = PACKAGE / "diagnostics" / "pages"

FLOORS = (
    ("resources",),
    ("profile", "heap"),
    ("address",),
    ("drawing",),
    ("source",),
    ("values",),
    ("diagnostics",),
    ("project",),
    ("syntax",),
    ("format",),
    ("resolve",),
    ("schema",),
    ("types",),
    ("graph",),
    ("edits",),
    ("cost",),
    ("emit",),
    ("policy",),
    ("plan",),
    ("changes",),
    ("deploy",),
    ("echoes",),
    ("artifacts",),
    ("identity",),
    ("stages",),
    ("cache",),
    ("recall",),
    ("library",),
    ("pipeline",),
    ("units",),
    ("views", "queries", "explain", "fixes", "catalog"),
    ("provenance",),
    ("what_if",),
    ("advice",),
    ("importers",),
    ("lsp",),
    ("cli",),
)
FLOOR = {name: number for number, names in enumerate(FLOORS) for name in names}

HEAVY = {"lark", "pydantic", "yaml", "jinja2", "networkx", "rich", "jsonschema", "re2", "asyncio"}
OUTSIDE = {"os", "pathlib", "io", "subprocess", "socket", "time", "random", "locale", "tempfile", "shutil", "urllib"}
MAY_REACH_OUTSIDE = {"resources", "identity", "profile", "project", "recall", "units", "deploy", "cache", "lsp", "cli"}
WRITERS_OF_THE_TREE = {f"emit/{name}.py" for name in ("tree", "swap", "journal", "manifest")}
IN_MEMORY = {"types/image.py"}
ENGINES = {f"policy/engines/{name}.py" for name in ("regorus", "worker", "opa")}
"""They run programs that reach nothing outside."""
UNFINISHED = re.compile(r"\b(?:TODO|FIXME|XXX|HACK|NotImplementedError)\b")
WORDS_THAT_ARE_KINDS_TOO = {
    *("service", "job", "queue", "worker", "network", "cluster", "topic", "bucket", "secret_store", "search"),
}


class Import(NamedTuple):
    """An import: the module that is imported, whether it stands at the top of its file, and the line."""

    module: str
    at_top: bool
    line: int


def modules() -> list[Path]:
    return sorted(PACKAGE.rglob("*.py"))


def name_of(path: Path) -> str:
    return path.relative_to(PACKAGE).as_posix()


def floor_of(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imports(path: Path) -> Iterator[Import]:
    """Every import of a file, those in functions and those for type checkers included."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    at_top = {id(node) for node in tree.body}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (Import(alias.name, id(node) in at_top, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{path}:{node.lineno}: imports are absolute"
            if [alias.name for alias in node.names] == ["PurePosixPath"]:
                continue  # it is only a text with parts
            if node.module == "idpc":
                yield from (Import(f"idpc.{alias.name}", id(node) in at_top, node.lineno) for alias in node.names)
            else:
                yield Import(str(node.module), id(node) in at_top, node.lineno)


def test_each_floor_imports_only_from_those_before_it() -> None:
    wrong = []
    for path in modules():
        own = floor_of(path)
        if own == "__init__":
            continue
        assert own in FLOOR, f"{own} stands on no floor"
        for module, _, line in imports(path):
            first, _, rest = module.partition(".")
            other = rest.partition(".")[0]
            if first == "idpc" and other in FLOOR and other != own and FLOOR[other] >= FLOOR[own]:
                wrong.append(f"{name_of(path)}:{line}: {own} imports {other}")
    assert wrong == []


def test_heavy_libraries_are_imported_where_they_are_used() -> None:
    wrong = [
        f"{name_of(path)}:{line}: {module}"
        for path in modules()
        for module, at_top, line in imports(path)
        if at_top and module.partition(".")[0] in HEAVY and path.name != "published.py"
    ]
    assert wrong == []


def test_stages_neither_read_nor_write_nor_look_at_the_world() -> None:
    wrong = [
        f"{name_of(path)}:{line}: {module}"
        for path in modules()
        if floor_of(path) not in MAY_REACH_OUTSIDE and name_of(path) not in WRITERS_OF_THE_TREE | IN_MEMORY | ENGINES
        for module, _, line in imports(path)
        if module.partition(".")[0] in OUTSIDE
    ]
    assert wrong == []


def test_the_compiler_knows_no_kind_by_name() -> None:
    texts = "\n".join(file.text for file in standard_library())
    kinds = set(re.findall(r"^(?:@\w+\s+)*(?:kind|template) (\w+)", texts, re.MULTILINE)) - WORDS_THAT_ARE_KINDS_TOO
    assert kinds
    wrong = [
        f"{name_of(path)}:{node.lineno}: {node.value!r}"
        for path in modules()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value in kinds
    ]
    assert wrong == []


def sources_of_python() -> list[Path]:
    return [path for folder in ("compiler", "tests", "scripts") for path in sorted((ROOT / folder).rglob("*.py"))]


def test_no_file_is_long() -> None:
    lengths = {path: path.read_text(encoding="utf-8").count("\n") for path in sources_of_python()}
    assert [f"{path.relative_to(ROOT)}: {length}" for path, length in lengths.items() if length > 600] == []


def test_no_function_is_long() -> None:
    wrong = []
    for path in sources_of_python():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                length = (node.end_lineno or node.lineno) - node.lineno + 1
                if length > 60:
                    wrong.append(f"{path.relative_to(ROOT)}:{node.lineno}: {node.name} has {length} lines")
    assert wrong == []


def test_every_module_opens_with_a_sentence() -> None:
    docs = {name_of(path): ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) for path in modules()}
    assert [name for name, doc in docs.items() if not (doc or "").split("\n\n")[0].rstrip("`)").endswith(".")] == []


def test_nothing_is_marked_unfinished() -> None:
    suffixes = {".py", ".platform", ".md", ".lark", ".toml", ".yaml"}
    folders = ("compiler", "grammar", "stdlib", "examples", "scripts", "tests", "docs")
    files = [path for folder in folders for path in (ROOT / folder).rglob("*") if path.suffix in suffixes]
    files += [path for path in ROOT.iterdir() if path.suffix in suffixes]
    wrong = [
        path.relative_to(ROOT).as_posix()
        for path in sorted(files)
        if path != Path(__file__) and UNFINISHED.search(path.read_text(encoding="utf-8"))
    ]
    assert wrong == []


def test_every_code_has_a_page_and_every_page_a_code() -> None:
    assert sorted(path.stem for path in PAGES.iterdir()) == sorted(REGISTRY)


def test_every_code_is_used() -> None:
    """A code that nothing reports is a promise that nobody keeps."""
    text = "\n".join(path.read_text(encoding="utf-8") for path in modules())
    names = {name for path in (PACKAGE / "diagnostics" / "codes").glob("*.py") for name in declared_codes(path)}
    assert [name for name in sorted(names) if len(re.findall(rf"\b{name}\b", text)) < 2] == []


def declared_codes(path: Path) -> Iterator[str]:
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            yield node.targets[0].id


@pytest.mark.parametrize("code", sorted(REGISTRY))
def test_a_page_has_its_parts(code: str) -> None:
    text = (PAGES / f"{code}.md").read_text(encoding="utf-8")
    assert text.startswith(f"# {code}: {REGISTRY[code].title}\n\n")
    assert re.findall(r"^## .*$", text, re.MULTILINE) == ["## Example", "## Fix"]


@pytest.mark.parametrize("code", [code for code in sorted(REGISTRY) if not code.startswith("IDP9")])
def test_a_page_shows_its_fault_and_how_to_mend_it(code: str) -> None:
    """The first `platform` block of the example gives the code and no other error; that of the fix gives no error."""
    example, fix = (code_block(code, heading) for heading in ("Example", "Fix"))
    if example:
        found = compiled(example)
        assert code in found, found
        assert {other for other, severity in found.items() if severity == "error"} <= {code}
    if fix:
        found = compiled(fix)
        assert code not in found
        assert "error" not in found.values(), found


def code_block(code: str, heading: str) -> str:
    text = (PAGES / f"{code}.md").read_text(encoding="utf-8")
    found = re.search(rf"^## {heading}\n(?:(?!^## ).)*?^```platform\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    return found[1] if found else ""


def compiled(text: str) -> dict[str, str]:
    """The codes that a block gives, with their severities."""
    from idpc.pipeline import Options, compile_project

    files = Case(PAGES, "", [Block("platform", (), text, 0)]).files
    name = "project.platform" if re.search(r"^project ", text, re.MULTILINE) else "case.platform"
    sources = Sources.of({name if path == "case.platform" else path: content for path, content in files.items()})
    compilation = compile_project(sources, Options(today=datetime.date(2026, 11, 1)), "plan")
    return {found.code: str(found.severity) for found in (*sources.check_files(), *compilation.diagnostics)}


def test_the_makefile_is_short() -> None:
    assert len(re.findall(r"^\w[\w-]*:", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)) <= 8


def test_the_readme_opens_with_two_commands() -> None:
    blocks = re.findall(
        r"^```sh\n(.*?)^```$", (ROOT / "README.md").read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL
    )
    build, test = (block.strip() for block in blocks[:2])
    assert "\n" not in build
    assert "\n" not in test
    assert "idpc build examples/" in build
    assert "pytest" in test
