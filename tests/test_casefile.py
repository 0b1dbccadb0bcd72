"""Reading and rewriting the files that hold cases."""

import os
import subprocess
import sys

import casefile
import pytest

TEXT = """\
# Unknown fields

Words about it.

```platform
app a {
  servce x { }  // error: [IDP2004] "servce"
  b = c  // error: [IDP3001] [IDP2005]
}
// file: project.platform
project p { }  // warning: [IDP8001]
```

```diagnostics
old
```

## Without sources

Only words, and a block of another language.

```text
# no heading
```

## Graph

```platform
let x = 1
```

```graph prod
old
```
"""


@pytest.fixture
def found(tmp_path, monkeypatch):
    monkeypatch.setattr(casefile, "CASES", tmp_path)
    (tmp_path / "names").mkdir()
    (tmp_path / "names/fields.md").write_text(TEXT, encoding="utf-8")
    return list(casefile.cases())


def test_a_heading_with_a_platform_block_is_a_case(found):
    assert [case.id for case in found] == ["names/fields::Unknown fields", "names/fields::Graph"]
    assert [case.stage for case in found] == ["names", "names"]


def test_files_are_told_apart(found):
    assert list(found[0].files) == ["case.platform", "project.platform"]
    assert found[0].files["project.platform"].startswith("project p { }")
    assert found[0].files["case.platform"].endswith("}\n")


def test_claims(found):
    assert [
        (claim.file, claim.line, claim.severity, claim.code, claim.words) for claim in casefile.claims(found[0].files)
    ] == [
        ("case.platform", 2, "error", "IDP2004", "servce"),
        ("case.platform", 3, "error", "IDP3001", ""),
        ("case.platform", 3, "error", "IDP2005", ""),
        ("project.platform", 1, "warning", "IDP8001", ""),
    ]


def test_blocks_are_rewritten_in_place(found, tmp_path):
    casefile.rewrite(found[0], found[0].expected[0], "new\nlines\n")
    casefile.rewrite(found[1], found[1].expected[0], "other\n")
    text = (tmp_path / "names/fields.md").read_text(encoding="utf-8")
    assert text == TEXT.replace("old\n", "new\nlines\n", 1).replace("old\n", "other\n")
    assert casefile.rewrite(next(casefile.cases()), next(casefile.cases()).expected[0], "old\n") is None
    assert found[1].expected[0].words == ("prod",)


@pytest.mark.parametrize(("surroundings", "arguments"), [({"CI": "true"}, []), ({"CI": ""}, ["-n", "2"])])
def test_update_is_refused_in_ci_and_in_parallel(surroundings, arguments):
    ended = subprocess.run(
        [sys.executable, "-m", "pytest", "--update", *arguments, __file__, "-k", "nothing"],
        env={**os.environ, **surroundings},
        capture_output=True,
        check=False,
    )
    assert ended.returncode == 4
    assert b"--update" in ended.stderr
