"""Checks what the catalog and the examples become with Checkov, and fails on a finding that is not accepted.

`tests/audit/accepted.csv` holds what is accepted and why: a check, the kind and type that it may fail on, and whether in
unprotected environments only. An entry that nothing needs any more fails, too. Checkov is installed from PyPI into an
environment of its own unless `--checkov` names one. `--table` prints what was found, by check.
"""

import argparse
import csv
import json
import re
import subprocess
import sys
import tempfile
import venv
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, NamedTuple

from audit_subjects import Place, Subject, place_of, subject_of

ROOT = Path(__file__).parents[1]
AUDIT = ROOT / "tests" / "audit"
# A file of settings alone, for which Checkov has no reader: it knows blocks that hold tables.
UNREADABLE = "versions.tf.json"
# A check of Checkov that raises says nothing of what it was to look at.
BROKEN = re.compile(r"Failed to run check (\w+) on (\S+):(\S+)$", re.MULTILINE)


class Accepted(NamedTuple):
    """A check that may fail on `KIND|KIND/TYPE.NAME`, `anywhere` or in `unprotected` environments only."""

    check: str
    subject: str
    where: str
    reason: str


class Finding(NamedTuple):
    """A check that failed in a file, or that broke."""

    check: str
    subject: Subject
    file: str
    title: str


class Report(NamedTuple):
    """What Checkov says."""

    passed: int
    findings: tuple[Finding, ...]
    unreadable: tuple[str, ...]


def main() -> int:
    """Print the faults, and how many checks passed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--checkov", type=Path, help="an installed `checkov`")
    parser.add_argument("--table", action="store_true", help="print what is accepted, and how often it was found")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        places = write_everything(Path(folder))
        report = run(options.checkov or installed(), Path(folder), places)
    accepted = read_accepted()
    if options.table:
        print("\n".join(table(report, accepted)))
    found = list(faults(report, accepted))
    print("\n".join(found) or f"{report.passed} checks passed, {len(report.findings)} findings are accepted")
    return 1 if found else 0


def write_everything(folder: Path) -> dict[str, Place]:
    """The objects and the Terraform of the whole catalog and of every example; returns what each environment is."""
    sys.path.insert(0, str(ROOT / "tests"))
    from catalog_projects import everything, minimal

    places = {}
    for name, made in (*everything(), *minimal()):
        for environment, texts in made.texts.items():
            places[f"{name}/{environment}"] = place_of(made.compilation.graph.environments[environment])
            for path, text in texts.items():
                file = folder / name / environment / path
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text(text, encoding="utf-8")
    return places


def installed() -> Path:
    """Checkov in an environment of its own: its dependencies are many, and none of the project's."""
    place = ROOT / ".venv-checkov"
    if not (place / "bin" / "checkov").exists():
        venv.create(place, with_pip=True)
        install = [place / "bin" / "pip", "install", "--quiet", "--requirement", AUDIT / "requirements.txt"]
        subprocess.run(install, check=True)
    return place / "bin" / "checkov"


def run(checkov: Path, folder: Path, places: Mapping[str, Place]) -> Report:
    """What Checkov says of a folder."""
    command = [checkov, "--directory", folder, "--framework", "terraform_json", "kubernetes", "--output", "json"]
    command += ["--compact", "--soft-fail", "--skip-download"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"checkov failed:\n{done.stderr}")
    sections = json.loads(done.stdout)
    return Report(
        sum(section["summary"]["passed"] for section in sections),
        (*_failed(sections, folder, places), *_broken(done.stderr, folder, places)),
        tuple(file for section in sections for file in section["results"]["parsing_errors"]),
    )


def _failed(sections: Iterable[dict[str, Any]], folder: Path, places: Mapping[str, Place]) -> Iterator[Finding]:
    for each in (each for section in sections for each in section["results"]["failed_checks"]):
        subject = subject_of(folder, each["file_path"], each["resource"], each["file_line_range"][0], places)
        yield Finding(each["check_id"], subject, each["file_path"], each["check_name"])


def _broken(errors: str, folder: Path, places: Mapping[str, Place]) -> Iterator[Finding]:
    for check, file, resource in BROKEN.findall(errors):
        yield Finding(f"broken {check}", subject_of(folder, file, resource, 0, places), file, "the check itself broke")


def read_accepted() -> list[Accepted]:
    """What is accepted, and why."""
    with (AUDIT / "accepted.csv").open(encoding="utf-8", newline="") as file:
        return [Accepted(**row) for row in csv.DictReader(file)]


def faults(report: Report, accepted: list[Accepted]) -> Iterator[str]:
    """Findings that nobody accepted, entries that nothing needs, and files that were not read."""
    used = {entry for entry in accepted for each in report.findings if _accepts(entry, each)}
    for each in sorted(set(report.findings)):
        if not any(_accepts(entry, each) for entry in used):
            where = "protected" if each.subject.protected else "unprotected"
            yield f"{each.file}: {each.check} {each.subject.name} ({where}): {each.title}"
    for entry in accepted:
        if entry not in used:
            yield f"accepted.csv: nothing needs {entry.check} {entry.subject} {entry.where}"
    yield from (f"{file}: not readable" for file in report.unreadable if Path(file).name != UNREADABLE)


def _accepts(entry: Accepted, finding: Finding) -> bool:
    here = entry.where == "anywhere" or not finding.subject.protected
    kinds, type_ = entry.subject.split("/")
    about = any(fnmatchcase(finding.subject.name, f"{kind}/{type_}") for kind in kinds.split("|"))
    return here and entry.check == finding.check and about


def table(report: Report, accepted: list[Accepted]) -> Iterator[str]:
    """What is accepted with how often it was found, and how many checks fail in the smallest projects."""
    yield "| check | subject | where | found | reason |\n|---|---|---|---|---|"
    for entry in accepted:
        count = sum(_accepts(entry, each) for each in report.findings)
        yield f"| {entry.check} | {entry.subject} | {entry.where} | {count} | {entry.reason} |"
    yield "\n| smallest project | checks that fail |\n|---|---|"
    small = Counter(
        tuple(each.file.split("/")[1:3]) for each in report.findings if not each.check.startswith("broken ")
    )
    yield from (f"| {'/'.join(name)} | {count} |" for name, count in sorted(small.items()) if "minimal-" in name[0])


if __name__ == "__main__":
    sys.exit(main())
