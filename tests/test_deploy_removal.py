"""What no artifact names any more is removed in the reverse of the order in which it was made, and nothing too early."""

import copy
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

import pytest
import yaml
from cluster import Cluster, Key
from plan_samples import inputs
from releases import PREVIOUS, manifest, workload, write_build
from test_deploy_faults import needs_kubectl
from test_plan_random import planned

from idpc.address import Address
from idpc.deploy.objects import key, short
from idpc.deploy.release import Release
from idpc.deploy.removal import Former, groups
from idpc.plan.model import Gate, Rollback, Stage, Step

CHAIN = (("shop", "web", "shop/api"), ("shop", "api", "billing/ledger"), ("billing", "ledger", "billing/_app"))
"""Each instance with the step that it needs; an app is told by its namespace."""
ONLY = Rollback(none="only what no artifact of this build names is removed")


class Site(NamedTuple):
    """A cluster on which two apps are deployed, and a build in which nothing is left of them but their namespaces."""

    folder: Path
    cluster: Cluster
    full: Path
    empty: Path

    def start(self, plan: Path, *more: str, journal: str = "state/journal.db") -> "subprocess.Popen[str]":
        command = [sys.executable, "-m", "idpc.cli", "deploy", str(plan), "--poll", "0.05", *more]
        return subprocess.Popen(
            [*command, "--journal", str(self.folder / journal)],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=self.folder,
        )  # fmt: skip

    def run(self, plan: Path, *more: str, journal: str = "state/journal.db") -> tuple[int, str]:
        process = self.start(plan, *more, journal=journal)
        _, told = process.communicate(timeout=120)
        return process.returncode, told

    @property
    def removed(self) -> list[str]:
        """What was removed, the first first."""
        return [name for what, name in self.cluster.changed if what == "delete" and not name.startswith("Lease/")]

    def hold(self, name: str, *finalizers: str) -> None:
        found = next(each for key, each in self.cluster.objects.items() if str(key) == name)
        found["metadata"]["finalizers"] = [*finalizers]

    def let_go(self, name: str) -> None:
        """The controller of the finalizer is done, so that an object that is going is gone."""
        self.hold(name)
        self.cluster.delete(next(key for key in self.cluster.objects if str(key) == name))


@pytest.fixture(scope="module")
def deployed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Site, dict[Key, Any]]]:
    """The site with both apps, and the objects that are there then."""
    folder, cluster = tmp_path_factory.mktemp("site"), Cluster()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KUBECONFIG", str(cluster.kubeconfig(folder, "test")))
        patch.setenv("KUBECACHEDIR", str(folder / "cache"))
        builds = [write_build(folder / str(len(chain)), made(chain), texts(chain)) for chain in (CHAIN, ())]
        found = Site(folder, cluster, *builds)
        code, told = found.run(found.full, journal="full/journal.db")
        assert code == 0, told
        yield found, copy.deepcopy(cluster.objects)
    cluster.close()


@pytest.fixture
def site(deployed: tuple[Site, dict[Key, Any]]) -> Site:
    """The site as it was when both apps were deployed."""
    found, objects = deployed
    shutil.rmtree(found.folder / "state", ignore_errors=True)
    shutil.copytree(found.folder / "full", found.folder / "state")
    found.cluster.objects, found.cluster.changed, found.cluster.stuck = copy.deepcopy(objects), [], set()
    return found


def made(chain: tuple[tuple[str, str, str], ...]) -> tuple[Stage, ...]:
    """The stages of both apps with the instances of a chain, each in a wave after what it needs."""
    apps = tuple(applying(app, "_app", ()) for app in ("billing", "shop"))
    waves = tuple((applying(app, name, (f"{app}/_app", need)),) for app, name, need in reversed(chain))
    pruning = tuple(
        Step(f"{app}/prune", "kubernetes.prune", app, (f"{app}/kubernetes",), Gate(gone="the rest"), ONLY, 1)
        for app in ("billing", "shop")
    )
    return (Stage("infrastructure", "infrastructure", (apps,)), Stage("application", "application", (*waves, pruning)))


def applying(app: str, name: str, needs: tuple[str, ...]) -> Step:
    address = app if name == "_app" else f"{app}.{name}"
    artifacts = (f"{app}/kubernetes/{name}.yaml",)
    return Step(f"{app}/{name}", "kubernetes.apply", address, artifacts, Gate(), PREVIOUS, 1, needs=needs)


def texts(chain: tuple[tuple[str, str, str], ...]) -> dict[str, list[dict[str, Any]]]:
    spaces = {f"{app}/kubernetes/_app.yaml": [manifest("Namespace", app)] for app in ("billing", "shop")}
    return {**spaces, **{f"{app}/kubernetes/{name}.yaml": served(app, name) for app, name, _ in chain}}


def served(app: str, name: str) -> list[dict[str, Any]]:
    """What an instance has, in the order in which it is applied."""
    route = {"parentRefs": [{"name": "public"}]}
    parts = [
        manifest("ServiceAccount", name),
        manifest("Service", name, spec={"ports": [{"port": 80}]}),
        workload(name, "v1"),
        manifest("HTTPRoute", name, "gateway.networking.k8s.io/v1", spec=route),
    ]
    return [{**each, "metadata": {**each["metadata"], "namespace": app}} for each in parts]


EXPECTED = [
    f"{kind}/{name}" for name in ("web", "api", "ledger") for kind in ("HTTPRoute", "Deployment", "Service", "ServiceAccount")
]  # fmt: skip


@needs_kubectl
def test_what_needs_something_goes_before_it_also_in_other_apps(site: Site) -> None:
    code, told = site.run(site.empty)
    assert code == 0, told
    assert site.removed == EXPECTED
    assert site.cluster.names() == ["Namespace/billing", "Namespace/shop"]


@needs_kubectl
def test_where_nothing_is_known_of_what_was_before_kinds_say_the_order(site: Site) -> None:
    code, told = site.run(site.empty, journal="of-another-machine/journal.db")
    assert code == 0, told
    assert sorted(site.removed) == sorted(EXPECTED)
    of_shop = [name.partition("/")[0] for name in site.removed if not name.endswith("/ledger")]
    assert of_shop == [kind for kind in ("HTTPRoute", "Deployment", "Service", "ServiceAccount") for _ in range(2)]


@needs_kubectl
def test_what_stays_by_a_finalizer_is_told_and_nothing_that_it_needs_goes(site: Site) -> None:
    site.hold("Deployment/web", "acme.io/drain")
    code, told = site.run(site.empty, "--step-timeout", "3")
    assert code == 1
    assert "Deployment/web is still there, held by its finalizer acme.io/drain" in told
    assert site.removed == ["HTTPRoute/web"]
    site.let_go("Deployment/web")
    code, told = site.run(site.empty)
    assert code == 0, told
    assert site.removed == EXPECTED


@needs_kubectl
def test_a_removal_that_fails_is_told_and_nothing_that_it_needs_goes(site: Site) -> None:
    site.cluster.stuck = {"Service/api"}
    code, told = site.run(site.empty, "--step-timeout", "5")
    assert code == 1
    assert "kubectl delete: " in told
    assert "the storage is not there" in told
    assert site.removed == EXPECTED[:6]
    site.cluster.stuck = set()
    code, told = site.run(site.empty)
    assert code == 0, told
    assert site.removed == EXPECTED


@needs_kubectl
def test_a_run_that_is_killed_between_two_groups_goes_on_in_order(site: Site) -> None:
    site.hold("Deployment/api", "acme.io/drain")
    process = site.start(site.empty)
    assert process.stderr
    while "Service/web" not in site.removed or not going(site, "Deployment/api"):
        assert process.poll() is None, process.communicate()
    process.kill()
    process.communicate()
    before = site.removed
    assert before == EXPECTED[: len(before)]
    forget_leases(site)
    site.let_go("Deployment/api")
    code, told = site.run(site.empty)
    assert code == 0, told
    assert site.removed == EXPECTED


def going(site: Site, name: str) -> bool:
    found = (each for key, each in list(site.cluster.objects.items()) if str(key) == name)
    return any("deletionTimestamp" in each["metadata"] for each in found)


def forget_leases(site: Site) -> None:
    for each in [found for found in site.cluster.objects if found.kind == "Lease"]:
        site.cluster.objects.pop(each)


def released(seed: int) -> Former:
    """The plan of a random environment with its files."""
    of, plan = planned(seed)
    files: dict[str, bytes] = {}
    for app in inputs(of, monitoring=True).apps.values():
        for file in (app.shared, app.monitoring, *app.instances.values()):
            if file:
                objects = [placed(each.kind, each.name, app.folder) for each in file.objects]
                files[file.path] = yaml.dump_all(objects, Dumper=yaml.CSafeDumper).encode()
    return Former(Release(plan, "", files))


def placed(kind: str, name: str, space: str) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": kind, "metadata": {"name": name, "namespace": space}}


def removal(former: Former, going: dict[str, list[dict[str, Any]]], random: Random) -> list[str]:
    """The keys of what goes, by app, as the apps' steps remove it, whichever of them comes first."""
    there = {key(each): each for several in going.values() for each in several}
    done: list[str] = []
    for folder in random.sample(sorted(going), len(going)):
        own = {key(each) for each in going[folder]} & there.keys()
        users = former.users(own, folder)
        keys = own | {key(each) for several in users.values() for each in several} & there.keys()
        for group in groups([there[each] for each in keys], former.waves([folder, *users])):
            done += sorted((key(each) for each in group), key=lambda _: random.random())
            for each in group:
                there.pop(key(each))
    assert not there
    return done


def test_for_every_edge_what_needs_goes_before_what_it_needs() -> None:
    assert sum(map(edges_in_order, range(30))) > 1_000


def edges_in_order(seed: int) -> int:
    """How many hard edges there are between instances that go, once each of them was seen to hold."""
    of, _ = planned(seed)
    random = Random(seed)  # noqa: S311  # a test's
    leaving = {address: objects for address, objects in owned(seed).items() if random.random() < 0.6}
    going: dict[str, list[dict[str, Any]]] = {}
    for address, objects in leaving.items():
        going.setdefault(of.apps[address.app].namespace, []).extend(objects)
    place = {each: number for number, each in enumerate(removal(released(seed), going, random))}
    edges = [each for each in of.edges if each.order == "hard" and {each.source, each.target} <= leaving.keys()]
    for each in edges:
        last = max(place[key(one)] for one in leaving[each.source])
        assert last < min(place[key(one)] for one in leaving[each.target]), (seed, each)
    return len(edges)


def owned(seed: int) -> dict[Address, list[dict[str, Any]]]:
    """The objects of each instance of a random environment that has some."""
    of, _ = planned(seed)
    return {
        address: [placed(each.kind, each.name, app.folder) for each in file.objects]
        for app in inputs(of).apps.values()
        for address, file in app.instances.items()
    }


def test_what_is_in_no_wave_goes_by_its_kind() -> None:
    kinds = ("ServiceAccount", "Service", "Deployment", "HTTPRoute")
    known = [placed(kind, "known", "shop") for kind in kinds]
    found = [*(placed(kind, "old", "shop") for kind in kinds), *known]
    order = [short(each) for group in groups(found, {key(each): 3 for each in known}) for each in group]
    assert order == [
        "HTTPRoute/old", "Deployment/old",
        "HTTPRoute/known", "Deployment/known", "Service/known", "ServiceAccount/known",
        "Service/old", "ServiceAccount/old",
    ]  # fmt: skip
