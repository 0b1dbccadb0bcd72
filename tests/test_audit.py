"""What Checkov finds is accepted with a reason, and nothing is accepted that it does not find."""

import shutil
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "scripts"))

import audit  # noqa: E402  # from a folder that is no package

BUCKET = audit.Subject("bucket/aws_s3_bucket.main", protected=False)
FOUND = audit.Finding("CKV_1", BUCKET, "/main.tf.json", "Ensure it")
ACCEPTED = audit.Accepted("CKV_1", "bucket|queue/aws_s3_bucket.*", "unprotected", "because")
CHECKOV = shutil.which("checkov") or shutil.which(str(ROOT / ".venv-checkov" / "bin" / "checkov"))


@pytest.mark.skipif(CHECKOV is None, reason="there is no `checkov`: scripts/audit.py installs one in .venv-checkov")
def test_nothing_is_found_that_is_not_accepted(tmp_path):
    report = audit.run(Path(CHECKOV), tmp_path, audit.write_everything(tmp_path))
    assert report.passed > 30_000
    assert list(audit.faults(report, audit.read_accepted())) == []


@pytest.mark.parametrize(
    ("findings", "unreadable", "accepted", "expected"),
    [
        ((FOUND,), (), [ACCEPTED], []),
        ((FOUND,), (), [], ["/main.tf.json: CKV_1 bucket/aws_s3_bucket.main (unprotected): Ensure it"]),
        ((FOUND._replace(subject=BUCKET._replace(name="bucket/aws_sqs_queue.main")),), (), [ACCEPTED], None),
        ((FOUND._replace(subject=BUCKET._replace(name="static_site/aws_s3_bucket.main")),), (), [ACCEPTED], None),
        ((FOUND._replace(subject=BUCKET._replace(protected=True)),), (), [ACCEPTED], None),
        ((FOUND._replace(subject=BUCKET._replace(protected=True)),), (), [ACCEPTED._replace(where="anywhere")], []),
        ((FOUND._replace(check="broken CKV_1"),), (), [ACCEPTED], None),
        ((), (), [ACCEPTED], ["accepted.csv: nothing needs CKV_1 bucket|queue/aws_s3_bucket.* unprotected"]),
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
    assert {entry.where for entry in accepted} <= {"anywhere", "unprotected"}
    assert [entry[:3] for entry in accepted] == sorted({entry[:3] for entry in accepted})


def test_a_finding_is_about_the_kind_and_the_type_that_it_stands_at(tmp_path):
    text = '{\n  "resource": {\n    "aws_db_instance": {\n      "main_db_replica_0": {\n'
    (tmp_path / "one/prod/shop/terraform").mkdir(parents=True)
    (tmp_path / "one/prod/shop/terraform/main.tf.json").write_text(text, encoding="utf-8")
    kinds = {("shop", "main"): "bucket", ("shop", "main_db"): "postgres", ("shop", "adservice"): "service"}
    places = {"one/prod": audit.Place(protected=True, kinds=kinds)}
    for file, resource, expected in (
        ("terraform/main.tf.json", "resource.main_db_replica_0", "postgres/aws_db_instance.replica_0"),
        ("terraform/main.tf.json", "aws_s3_bucket.main_logs", "bucket/aws_s3_bucket.logs"),
        ("terraform/main.tf.json", "aws_kms_key.app_key", "app/aws_kms_key.key"),
        ("kubernetes/adservice.yaml", "Deployment.shop.adservice", "service/Deployment"),
    ):
        found = audit.subject_of(tmp_path, f"/one/prod/shop/{file}", resource, 4, places)
        assert found == audit.Subject(expected, protected=True)
