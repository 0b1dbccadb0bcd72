"""Deploys to a cluster where things go wrong at every request: each run ends in the new release or in the old one."""

import copy
import os
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from cluster import Cluster, Fault
from releases import files, stages, write_build

needs_kubectl = pytest.mark.skipif(
    shutil.which("kubectl") is None, reason="needs kubectl: https://kubernetes.io/docs/tasks/tools/"
)
pytestmark = needs_kubectl
ALL = bool(os.environ.get("IDPC_ALL_FAULTS"))
"""Whether every fault strikes at every request, and not only at some of them."""

PASSING = ("409", "500", "503", "drop", "drop after")


class Site(NamedTuple):
    """A cluster on which v1 is deployed, the builds of v1 and v2, and the journal."""

    folder: Path
    cluster: Cluster
    builds: dict[str, Path]

    def run(self, version: str, *more: str) -> subprocess.CompletedProcess[str]:
        """Run `idpc deploy` to its end, whatever that is."""
        process = self.start(version, *more)
        out, err = process.communicate(timeout=120)
        return subprocess.CompletedProcess([], process.returncode, out, err)

    def start(self, version: str, *more: str) -> "subprocess.Popen[str]":
        options = ("--journal", str(self.journal), "--poll", "0.05", "--step-timeout", "12", *more)
        return self.idpc("deploy", str(self.builds[version]), *options)

    def idpc(self, *arguments: str) -> "subprocess.Popen[str]":
        command = [sys.executable, "-m", "idpc.cli", *arguments]
        return subprocess.Popen(command, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=self.folder)

    @property
    def journal(self) -> Path:
        return self.folder / "state" / "journal.db"

    def specs(self) -> dict[str, Any]:
        """What is in the cluster, but for jobs, which no rollback removes."""
        kept = {key: found for key, found in self.cluster.objects.items() if key.kind not in {"Lease", "Job"}}
        return {str(key): found.get("spec", found.get("data")) for key, found in kept.items()}

    def reset(self, saved: "Saved") -> None:
        """The cluster and the journal as they were, with no faults."""
        shutil.rmtree(self.journal.parent)
        shutil.copytree(saved.journal, self.journal.parent)
        self.cluster.objects, self.cluster.overlays = copy.deepcopy((saved.objects, saved.overlays))
        self.cluster.changed, self.cluster.writes, self.cluster.faults, self.cluster.struck = [], 0, [], []
        self.cluster.sick, self.cluster.victim, self.cluster.after = set(), lambda: None, ""


class Saved(NamedTuple):
    """A cluster after v1, what v1 and v2 are there, and how many requests v2 takes."""

    journal: Path
    objects: Any
    overlays: Any
    old: dict[str, Any]
    new: dict[str, Any]
    writes: int


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("site")
    cluster = Cluster()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KUBECONFIG", str(cluster.kubeconfig(folder, "test")))
        patch.setenv("KUBECACHEDIR", str(folder / "cache"))
        urls = {"v1": f"{cluster.url}/version", "v2": f"{cluster.url}/version", "v3": f"{cluster.url}/nowhere"}
        builds = {name: write_build(folder / name, stages(name, url), files(name)) for name, url in urls.items()}
        yield Site(folder, cluster, builds)
    cluster.close()


@pytest.fixture(scope="module")
def saved(site: Site) -> Saved:
    first = site.run("v1")
    assert first.returncode == 0, first.stderr
    journal = site.folder / "saved"
    shutil.copytree(site.journal.parent, journal)
    objects, overlays = copy.deepcopy((site.cluster.objects, site.cluster.overlays))
    old, site.cluster.writes = site.specs(), 0
    second = site.run("v2")
    assert second.returncode == 0, second.stderr
    assert "ConfigMap/api-v1" not in site.cluster.names()
    assert "Service/web-v2" in site.cluster.names()
    return Saved(journal, objects, overlays, old, site.specs(), site.cluster.writes)


def chosen(saved: Saved, offset: int, step: int) -> range:
    """The requests at which a fault strikes."""
    return range(1, saved.writes + 1) if ALL else range(1 + offset % step, saved.writes + 1, step)


def tell(what: str, outcomes: Counter[str]) -> None:
    """Show with `-s` how often a fault struck, and how it ended."""
    sys.stdout.write(f"{what}: {dict(outcomes)}\n")


def changed_once(cluster: Cluster) -> bool:
    """Whether nothing was really changed twice but the namespace, which is marked after every step."""
    counts = Counter(name for _, name in cluster.changed if not name.startswith(("Namespace/", "Lease/")))
    return max(counts.values(), default=0) <= 1


@pytest.mark.parametrize("what", PASSING)
def test_a_fault_that_passes_does_no_harm(site: Site, saved: Saved, what: str) -> None:
    outcomes: Counter[str] = Counter()
    for at in chosen(saved, PASSING.index(what), 20):
        site.reset(saved)
        site.cluster.faults = [Fault(at, what)]
        ended = site.run("v2")
        assert site.cluster.struck == [what], at
        assert (ended.returncode, site.specs()) == (0, saved.new), (at, ended.stderr)
        assert changed_once(site.cluster), (at, site.cluster.changed)
        outcomes["succeeded"] += 1
    tell(what, outcomes)
    assert outcomes["succeeded"] == len(chosen(saved, PASSING.index(what), 20))


def test_a_request_that_is_refused_takes_the_release_back(site: Site, saved: Saved) -> None:
    outcomes: Counter[str] = Counter()
    for at in chosen(saved, 0, 12):
        site.reset(saved)
        site.cluster.faults = [Fault(at, "403")]
        ended = site.run("v2")
        assert site.cluster.struck == ["403"], at
        taken_back = "rolled_back" in ended.stdout
        outcomes["rolled back" if taken_back else "succeeded"] += 1
        assert site.specs() == (saved.old if taken_back else saved.new), (at, ended.stderr)
        assert ended.returncode == int(taken_back), (at, ended.stderr)
    tell("403", outcomes)
    assert outcomes["rolled back"] >= outcomes["succeeded"], "only marks may be refused without harm"


@pytest.mark.parametrize("what", ["kill before", "kill after"])
def test_a_run_that_is_killed_goes_on_where_it_was(site: Site, saved: Saved, what: str) -> None:
    outcomes: Counter[str] = Counter()
    for at in chosen(saved, 0 if what == "kill after" else 3, 12):
        site.reset(saved)
        site.cluster.faults = [Fault(at, what)]
        process = site.start("v2")
        site.cluster.victim = lambda process=process: process.pid
        _, told = process.communicate(timeout=120)
        assert process.returncode == -9, (at, told)
        ended = site.run("v2")
        assert (ended.returncode, site.specs()) == (0, saved.new), (at, ended.stderr)
        assert changed_once(site.cluster), (at, site.cluster.changed)
        again = {line.split()[0] for line in ended.stderr.splitlines() if " applying" in line}
        done = {line.split()[0] for line in told.splitlines() if " done" in line}
        assert not again & done, at
        outcomes["resumed"] += 1
    tell(what, outcomes)
    assert outcomes["resumed"] == len(chosen(saved, 0 if what == "kill after" else 3, 12))


@pytest.mark.parametrize("name", ["Deployment/web", "Deployment/api", "Job/smoke-v2"])
def test_what_does_not_become_well_is_taken_back(site: Site, saved: Saved, name: str) -> None:
    site.reset(saved)
    site.cluster.sick = {name}
    process = site.start("v2", "--step-timeout", "4")
    heal_when(site, process, name)
    _, told = process.communicate(timeout=120)
    assert process.returncode == 1, told
    assert site.specs() == saved.old, told
    assert "IDP7409" in told
    assert "Namespace/shop" in site.cluster.names()


def heal_when(site: Site, process: "subprocess.Popen[str]", name: str) -> None:
    """A deployment that goes back to the image of before becomes well again."""
    import threading
    import time

    def watch() -> None:
        while process.poll() is None:
            time.sleep(0.05)
            kind, _, of = name.partition("/")
            found = [each for key, each in site.cluster.objects.items() if (key.kind, key.name) == (kind, of)]
            broken = bool(found) and (kind == "Job" or "v2" in str(found[0]["spec"]["template"]))
            site.cluster.sick = {name} if broken else set()

    threading.Thread(target=watch, daemon=True).start()


def test_an_answer_that_is_not_the_wanted_one_takes_the_release_back(site: Site, saved: Saved) -> None:
    site.reset(saved)
    ended = site.run("v3", "--step-timeout", "4")
    assert (ended.returncode, site.specs()) == (1, saved.old), ended.stderr
    assert "/nowhere answers 404 in place of 2xx" in ended.stderr


def test_a_server_that_hangs_is_given_up_in_time(site: Site, saved: Saved) -> None:
    site.reset(saved)
    site.cluster.faults = [Fault(6, "hang")]
    ended = site.run("v2", "--step-timeout", "2")
    assert site.cluster.struck == ["hang"]
    assert (ended.returncode, site.specs()) == (1, saved.old), ended.stderr
    assert "not done in" in ended.stderr


def test_a_run_that_is_killed_while_it_goes_back_goes_on_going_back(site: Site, saved: Saved) -> None:
    outcomes: Counter[str] = Counter()
    for more in (2, 5) if not ALL else range(1, 8):
        site.reset(saved)
        site.cluster.sick, site.cluster.after = {"Job/smoke-v2"}, "Job/smoke-v2"
        site.cluster.faults = [Fault(more, "kill after")]
        process = site.start("v2")
        site.cluster.victim = lambda process=process: process.pid
        process.communicate(timeout=120)
        assert process.returncode == -9, more
        ended = site.run("v2")
        assert (ended.returncode, site.specs()) == (1, saved.old), (more, ended.stderr)
        assert "rolled_back" in ended.stdout
        outcomes["rolled back"] += 1
    tell("killed while going back", outcomes)
    assert outcomes["rolled back"] >= 2


def test_where_going_back_fails_too_it_is_said_and_the_next_run_mends_it(site: Site, saved: Saved) -> None:
    site.reset(saved)
    site.cluster.faults = [Fault(6, "403", times=10_000)]
    ended = site.run("v2")
    assert ended.returncode == 1
    assert "could not go back" in ended.stderr
    assert "IDP7410" in ended.stderr
    site.cluster.faults = []
    ended = site.run("v2")
    assert (ended.returncode, site.specs()) == (0, saved.new), ended.stderr
