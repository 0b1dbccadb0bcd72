"""Checks what the catalog and the examples become with Checkov, and fails on a finding that is not accepted.

`tests/audit/accepted.csv` holds what is accepted and why; an entry that nothing needs any more fails, too. Checkov is
installed from PyPI into an environment of its own unless `--checkov` names one.
"""

import argparse
import csv
import json
import subprocess
import sys
import tempfile
import venv
from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).parents[1]
AUDIT = ROOT / "tests" / "audit"
# A file of settings alone, for which Checkov has no reader: it knows blocks that hold tables.
UNREADABLE = "versions.tf.json"


class Accepted(NamedTuple):
    """A check that may fail on the resources that a pattern matches."""

    id: str
    resource: str
    reason: str


class Finding(NamedTuple):
    """A check that failed on a resource of a file."""

    id: str
    resource: str
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
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        write_everything(Path(folder))
        report = run(options.checkov or installed(), Path(folder))
    accepted = read_accepted()
    found = list(faults(report, accepted))
    print("\n".join(found) or f"{report.passed} checks passed, {len(report.findings)} findings are accepted")
    return 1 if found else 0


def write_everything(folder: Path) -> None:
    """The objects and the Terraform of the whole catalog and of every example."""
    sys.path.insert(0, str(ROOT / "tests"))
    from catalog_projects import everything

    for name, made in everything():
        for environment, texts in made.texts.items():
            for path, text in texts.items():
                file = folder / name / environment / path
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text(text, encoding="utf-8")


def installed() -> Path:
    """Checkov in an environment of its own: its dependencies are many, and none of the project's."""
    place = ROOT / ".venv-checkov"
    if not (place / "bin" / "checkov").exists():
        venv.create(place, with_pip=True)
        install = [place / "bin" / "pip", "install", "--quiet", "--requirement", AUDIT / "requirements.txt"]
        subprocess.run(install, check=True)
    return place / "bin" / "checkov"


def run(checkov: Path, folder: Path) -> Report:
    """What Checkov says of a folder."""
    command = [checkov, "--directory", folder, "--framework", "terraform_json", "kubernetes", "--output", "json"]
    command += ["--compact", "--soft-fail", "--skip-download"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"checkov failed:\n{done.stderr}")
    return _report(json.loads(done.stdout))


def _report(sections: list[dict[str, Any]]) -> Report:
    return Report(
        sum(section["summary"]["passed"] for section in sections),
        tuple(_finding(each) for section in sections for each in section["results"]["failed_checks"]),
        tuple(file for section in sections for file in section["results"]["parsing_errors"]),
    )


def _finding(failed: dict[str, Any]) -> Finding:
    return Finding(failed["check_id"], failed["resource"], failed["file_path"], failed["check_name"])


def read_accepted() -> list[Accepted]:
    """What is accepted, and why."""
    with (AUDIT / "accepted.csv").open(encoding="utf-8", newline="") as file:
        return [Accepted(**row) for row in csv.DictReader(file)]


def faults(report: Report, accepted: list[Accepted]) -> Iterator[str]:
    """Findings that nobody accepted, entries that nothing needs, and files that were not read."""
    used = {entry for entry in accepted for each in report.findings if _accepts(entry, each)}
    for each in sorted(set(report.findings)):
        if not any(_accepts(entry, each) for entry in used):
            yield f"{each.file}: {each.id} {each.resource}: {each.title}"
    yield from (f"accepted.csv: nothing needs {entry.id} {entry.resource}" for entry in accepted if entry not in used)
    yield from (f"{file}: not readable" for file in report.unreadable if Path(file).name != UNREADABLE)


def _accepts(entry: Accepted, finding: Finding) -> bool:
    return entry.id == finding.id and fnmatchcase(finding.resource, entry.resource)


if __name__ == "__main__":
    sys.exit(main())
