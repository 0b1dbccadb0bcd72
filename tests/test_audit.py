"""What Checkov finds is accepted with a reason, and nothing is accepted that it does not find."""

import shutil
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "scripts"))

import audit  # noqa: E402  # from a folder that is no package

FOUND = audit.Finding("CKV_1", "aws_s3_bucket.x", "/main.tf.json", "Ensure it")
ACCEPTED = audit.Accepted("CKV_1", "aws_s3_bucket.*", "because")
CHECKOV = shutil.which("checkov") or shutil.which(str(ROOT / ".venv-checkov" / "bin" / "checkov"))


@pytest.mark.skipif(CHECKOV is None, reason="there is no `checkov`: scripts/audit.py installs one in .venv-checkov")
def test_nothing_is_found_that_is_not_accepted(tmp_path):
    audit.write_everything(tmp_path)
    report = audit.run(Path(CHECKOV), tmp_path)
    assert report.passed > 30_000
    assert list(audit.faults(report, audit.read_accepted())) == []


@pytest.mark.parametrize(
    ("findings", "unreadable", "accepted", "expected"),
    [
        ((FOUND,), (), [ACCEPTED], []),
        ((FOUND,), (), [], ["/main.tf.json: CKV_1 aws_s3_bucket.x: Ensure it"]),
        ((FOUND._replace(resource="aws_sqs_queue.x"),), (), [ACCEPTED], None),
        ((), (), [ACCEPTED], ["accepted.csv: nothing needs CKV_1 aws_s3_bucket.*"]),
        ((), ("/a/versions.tf.json",), [], []),
        ((), ("/a/main.tf.json",), [], ["/a/main.tf.json: not readable"]),
    ],
)
def test_faults(findings, unreadable, accepted, expected):
    found = list(audit.faults(audit.Report(0, findings, unreadable), accepted))
    assert found == expected if expected is not None else len(found) == 2


def test_every_entry_has_a_reason_and_stands_once():
    accepted = audit.read_accepted()
    assert all(entry.reason for entry in accepted)
    assert [(entry.id, entry.resource) for entry in accepted] == sorted(
        {(entry.id, entry.resource) for entry in accepted}
    )
