"""What README.md shows is so: its specification builds, its mistake is answered in those words, its commands are there."""

import re

from running import ROOT, TODAY, idpc

README = (ROOT / "README.md").read_text(encoding="utf-8")
AROUND = """\
project acme { language = "2026.1" }
team payments { owner = "payments@acme.io", on_call = "pagerduty:PAY01" }
environment dev { cloud = "kubernetes" }
environment prod { cloud = "aws", region = "eu-west-1", domain = "acme.io" }
"""


def test_its_specification_builds(tmp_path):
    ended = idpc("build", str(_project(tmp_path, _block("platform"))), "--today", TODAY)
    assert ended.code == 0, ended.said
    assert (tmp_path / "build" / "prod" / "shop" / "terraform" / "main.tf.json").is_file()


def test_its_mistake_is_answered_so(tmp_path):
    shown = _block("text")
    written = re.search(r"│ +(replica = .*)", shown).group(1)
    mistaken = re.sub(r"replicas = .*", written, _block("platform"))
    ended = idpc("check", ".", cwd=_project(tmp_path, mistaken))
    assert ended.code == 1
    assert shown in ended.said


def test_its_commands_exist():
    listed = set(re.findall(r"`idpc ([a-z]+)", README))
    helped = idpc("--help").out
    assert not [name for name in listed if not re.search(rf"^\s+{name}\b", helped, re.MULTILINE)]


def _block(language):
    return re.search(rf"```{language}\n(.*?)```", README, re.DOTALL).group(1)


def _project(folder, specification):
    (folder / "project.platform").write_text(AROUND, encoding="utf-8")
    (folder / "shop.platform").write_text(specification, encoding="utf-8")
    return folder
