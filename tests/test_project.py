"""Reading projects: which files belong to one, what cannot be read, packages, and `read`."""

import os
from pathlib import Path

import pytest

from idpc.diagnostics import Outcome
from idpc.project import Sources, load, standard_library
from idpc.project.folder import MEBIBYTE
from idpc.source import Span

PROJECT = 'project acme { language = "2026.1" }\n'


def put(root: Path, files: dict[str, str | bytes]) -> None:
    for path, content in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(content if isinstance(content, bytes) else content.encode())


def paths(sources: Sources) -> list[str]:
    return [file.path for file in sources.files]


def told(outcome: Outcome[Sources]) -> list[tuple[str, str]]:
    return [(diagnostic.code, diagnostic.span.file) for diagnostic in outcome.diagnostics]


def said(sources: Sources) -> tuple[object, ...]:
    """What is compiled, wherever it lies."""
    return sources.root_name, sources.files, sources.crds, sources.packages, sources.shown


def test_a_project_is_all_files_below_its_folder(tmp_path: Path) -> None:
    files = {
        "project.platform": PROJECT,
        "b.platform": "",
        "apps/shop.platform": "",
        "apps/a.txt": "",
        "Z.platform": "",
    }
    put(tmp_path, files)
    outcome = load(tmp_path / "apps")
    assert outcome.diagnostics == ()
    assert paths(outcome.value) == ["Z.platform", "apps/shop.platform", "b.platform", "project.platform"]
    assert (outcome.value.root_name, outcome.value.shown, outcome.value.root) == ("acme", None, tmp_path)


def test_what_is_no_part_of_a_project(tmp_path: Path) -> None:
    put(
        tmp_path,
        {
            "project.platform": PROJECT,
            ".hidden/a.platform": "",
            ".b.platform": "",
            "node_modules/x/c.platform": "",
            "build/manifest.json": '{"compiler": "idpc 0.1.0"}',
            "build/d.platform": "",
            "other/project.platform": "project other { }",
            "other/e.platform": "",
            "dist/manifest.json": "[]",
            "dist/f.platform": "",
        },
    )
    assert paths(load(tmp_path).value) == ["dist/f.platform", "project.platform"]
    assert paths(load(tmp_path / "other").value) == ["e.platform", "project.platform"]


def test_a_file_in_a_project_limits_what_is_shown(tmp_path: Path) -> None:
    put(tmp_path, {"project.platform": PROJECT, "apps/shop.platform": "", "b.platform": ""})
    sources = load(tmp_path / "apps/shop.platform").value
    assert sources.shown == ("apps/shop.platform",)
    assert len(sources.files) == 3


def test_a_single_file_is_a_project_named_after_it(tmp_path: Path) -> None:
    put(tmp_path, {"shop.platform": "app shop { }", "other.platform": "", "nginx.conf": "listen 80;"})
    sources = load(tmp_path / "shop.platform").value
    assert (sources.root_name, paths(sources), sources.shown) == ("shop", ["shop.platform"], None)
    assert sources.read_text("nginx.conf").text == "listen 80;"


def test_paths_that_lead_to_no_project(tmp_path: Path) -> None:
    put(tmp_path, {"a.txt": "", "p/project.platform": PROJECT, "p/.x/a.platform": ""})
    assert [code for code, _ in told(load(tmp_path))] == ["IDP2090"]
    assert [code for code, _ in told(load(tmp_path / "missing"))] == ["IDP2090"]
    assert [code for code, _ in told(load(tmp_path / "a.txt"))] == ["IDP2091"]
    assert [code for code, _ in told(load(tmp_path / "p/.x/a.platform"))] == ["IDP2091"]


def test_relative_paths_and_the_working_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(tmp_path, {"project.platform": PROJECT, "apps/shop.platform": ""})
    monkeypatch.chdir(tmp_path / "apps")
    assert load(Path("shop.platform")).value.shown == ("apps/shop.platform",)
    assert said(load(Path()).value) == said(load(tmp_path).value)


def test_marks_and_line_ends(tmp_path: Path) -> None:
    put(tmp_path, {"project.platform": PROJECT, "a.platform": b"\xef\xbb\xbflet a = 1\r\nlet b = 2\rlet c = 3\n"})
    outcome = load(tmp_path)
    assert outcome.diagnostics == ()
    assert outcome.value.files[0].text == "let a = 1\nlet b = 2\nlet c = 3\n"


@pytest.mark.parametrize(
    ("content", "code", "span", "text"),
    [
        (b"let a\0 = 1\n", "IDP1092", (5, 6), "let a  = 1\n"),
        (b"let a = 1 // caf\xe9\n", "IDP1093", (16, 17), "let a = 1 // caf \n"),
        ("let a = 1\n".encode("utf-16"), "IDP1093", (0, 0), ""),
        (b"\x80\xff" * 500, "IDP1093", (0, 1), ""),
        (b"//" + b"x" * 4 * MEBIBYTE, "IDP1091", (0, 0), None),
    ],
)
def test_content_that_is_no_text(tmp_path: Path, content: bytes, code: str, span: tuple[int, int], text: str) -> None:
    put(tmp_path, {"project.platform": PROJECT, "a.platform": content})
    outcome = load(tmp_path)
    assert [(found.code, found.span) for found in outcome.diagnostics] == [(code, Span("a.platform", *span))]
    assert [file.text for file in outcome.value.files if file.path == "a.platform"] == ([] if text is None else [text])


def test_links_pipes_and_folders(tmp_path: Path) -> None:
    root = tmp_path / "p"
    put(
        tmp_path,
        {"outside/b.platform": "", "p/project.platform": PROJECT, "p/a.platform": "", "p/.data/v1": "let x = 1"},
    )
    (root / "twice.platform").symlink_to("a.platform")
    (root / "mounted.platform").symlink_to(".data/v1")
    (root / "away.platform").symlink_to("../outside/b.platform")
    (root / "gone.platform").symlink_to("nowhere")
    (root / "loop.platform").symlink_to("loop.platform")
    (root / "linked").symlink_to("../outside")
    (root / "x.platform").mkdir()
    os.mkfifo(root / "pipe.platform")
    outcome = load(root)
    assert paths(outcome.value) == ["a.platform", "mounted.platform", "project.platform"]
    assert told(outcome) == [("IDP1094", f"{name}.platform") for name in ("away", "gone", "loop")]
    assert load(root / "a.platform").value.shown == ("a.platform",)


def test_custom_resources(tmp_path: Path) -> None:
    put(
        tmp_path,
        {"project.platform": PROJECT, "crds/b.yaml": "b", "crds/x/a.yml": "a", "other/c.yaml": "c", "crds/r.md": ""},
    )
    assert [(file.path, file.text) for file in load(tmp_path).value.crds] == [
        ("crds/b.yaml", "b"),
        ("crds/x/a.yml", "a"),
    ]


PACKAGES = """
/// packages { no = "comment" }
project acme {
  kubernetes { version = "1.33" }
  packages {
    inner = "packages/inner", "acme/outer" = "../outer"
    gone = "../gone"  // not there
    git = "git::https://github.com/acme/kinds.git"
    oci = "oci://ghcr.io/acme/kinds:1"
    host = "github.com/acme/kinds"
    root = "/opt/kinds"
    made = "${x}/kinds"
    self = "."
  }
}
"""


def test_packages(tmp_path: Path) -> None:
    files = {
        "p/project.platform": PACKAGES,
        "p/a.platform": "",
        "p/packages/inner/i.platform": "kind i { }",
        "outer/project.platform": "project outer { }",
        "outer/kinds/o.platform": "kind o { }",
    }
    put(tmp_path, files)
    outcome = load(tmp_path / "p")
    assert paths(outcome.value) == ["a.platform", "project.platform"]
    assert [(it.name, it.folder, [file.path for file in it.files]) for it in outcome.value.packages] == [
        ("inner", "packages/inner", ["packages/inner/i.platform"]),
        ("acme/outer", "../outer", ["../outer/kinds/o.platform"]),
    ]
    source = outcome.value.file("project.platform")
    assert source
    assert [(found.code, source.slice(found.span)) for found in outcome.diagnostics] == [
        ("IDP2093", '"../gone"'),
        ("IDP2092", '"git::https://github.com/acme/kinds.git"'),
        ("IDP2092", '"oci://ghcr.io/acme/kinds:1"'),
        ("IDP2092", '"github.com/acme/kinds"'),
        ("IDP2092", '"/opt/kinds"'),
        ("IDP2092", '"${x}/kinds"'),
        ("IDP2093", '"."'),
    ]
    in_memory = Sources.of({path.removeprefix("p/"): text for path, text in files.items() if path.startswith("p/")})
    assert in_memory.packages == outcome.value.packages[:1]


@pytest.mark.parametrize(
    "text", ["project", "project {", 'project a { packages { x = "', "}}}{{", '"""', "project a { packages { x = ", ""]
)
def test_a_broken_project_file_is_left_to_the_parser(text: str) -> None:
    assert Sources.of({"project.platform": text}).packages == ()


def test_reading_texts(tmp_path: Path) -> None:
    put(
        tmp_path,
        {
            "outside.txt": "no",
            "p/project.platform": PROJECT,
            "p/conf/nginx.conf": "server {\r\n}\r\n",
            "p/large": b"x" * (MEBIBYTE + 1),
            "p/binary": b"\xff\xfe\x00",
            "p/just": b"x" * MEBIBYTE,
        },
    )
    (tmp_path / "p/link").symlink_to("../outside.txt")
    sources = load(tmp_path / "p").value
    assert sources.read_text("conf/nginx.conf") == ("server {\n}\n", "")
    assert sources.read_text("./conf/../conf/nginx.conf").text == "server {\n}\n"
    assert len(sources.read_text("just").text) == MEBIBYTE
    refusals = {
        "../outside.txt": "`../outside.txt` leaves the project",
        "/etc/passwd": "`/etc/passwd` leaves the project",
        "conf/../../outside.txt": "`conf/../../outside.txt` leaves the project",
        "link": "`link` is a symbolic link that leaves the project",
        "missing": "`missing` does not exist in the project",
        "conf": "`conf` is a folder",
        "large": "`large` is larger than 1 MiB",
        "binary": "`binary` is in UTF-16",
        "a\0b": "`a\\0b` leaves the project",
        "": "`` is a folder",
        "project.platform/x": "`project.platform/x` does not exist in the project",
    }
    assert {path: sources.read_text(path).refusal for path in refusals} == refusals


def test_sources_in_memory_are_those_on_disk(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {
        "project.platform": PACKAGES.partition("gone =")[0].replace(', "acme/outer" = "../outer"', "") + "}}",
        "apps/shop.platform": "app shop { }\r\n",
        "other/project.platform": "",
        "other/x.platform": "",
        "crds/a.yaml": "a",
        "packages/inner/i.platform": "",
        "conf": "text",
    }
    put(tmp_path, files)
    disk, memory = load(tmp_path), Sources.of({path: str(text) for path, text in files.items()})
    assert disk.diagnostics == memory.check_files() == ()
    assert said(memory) == said(disk.value)
    for path in ("conf", "missing", "../conf"):
        assert memory.read_text(path) == disk.value.read_text(path)
    assert memory.digest() == disk.value.digest()


def test_the_digest_tells_what_was_read() -> None:
    one, other = (Sources.of({"a.platform": "", "conf": text}) for text in ("1", "2"))
    assert one.digest() == other.digest()
    assert one.read_text("conf") != other.read_text("conf")
    assert one.digest() != other.digest()
    assert Sources.of({"a.platform": "b"}).digest() != Sources.of({"a.platformb": ""}).digest()


def test_the_standard_library_is_ordered() -> None:
    found = [file.path for file in standard_library()]
    assert found == sorted(found)
    assert all(path.startswith("std/") and path.endswith(".platform") for path in found)
