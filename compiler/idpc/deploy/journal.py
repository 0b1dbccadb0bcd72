"""The journal: every deployment of a project with its steps, in SQLite, written before and after each thing is done."""

import json
import os
import sqlite3
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from idpc.deploy.model import Commit, Deployment, Phase, State, StepRecord

_SCHEMA = """
create table if not exists deployment (
  id text primary key, number integer, environment text not null, plan text not null, artifacts text not null,
  sources text not null, who text not null, started real not null, finished real, state text not null,
  revision text not null, committed real, of text not null, approvals text not null);
create table if not exists step (
  deployment text not null references deployment, id text not null, phase text not null, created text not null,
  failure text not null, left text not null, primary key (deployment, id));
create table if not exists file (
  plan text not null, path text not null, digest text not null, primary key (plan, path));
"""


class Journal:
    """The journal of a project."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.path = path
        self._lock = threading.RLock()
        self._database = sqlite3.connect(path, check_same_thread=False, timeout=30, isolation_level=None)
        self._database.execute("pragma journal_mode = wal")
        self._database.execute("pragma synchronous = full")
        self._database.executescript(_SCHEMA)

    def close(self) -> None:
        """Close the file."""
        self._database.close()

    @contextmanager
    def alone(self, environment: str) -> Iterator[bool]:
        """Whether no other process deploys the environment from this journal, for as long as it is held."""
        import fcntl  # there is none on Windows

        handle = os.open(self.path.with_name(f"{self.path.name}.{environment}.lock"), os.O_RDWR | os.O_CREAT, 0o600)
        try:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                yield False
            else:
                yield True
        finally:
            os.close(handle)

    def begin(self, new: Deployment, files: Mapping[str, str]) -> None:
        """Write down a deployment that begins, and the digests of the files that it deploys."""
        with self._lock, self._database:
            self._database.execute("begin immediate")
            self._database.execute(
                "insert into deployment values (?, (select coalesce(max(number), 0) + 1 from deployment),"
                " ?, ?, ?, ?, ?, ?, null, ?, ?, ?, ?, ?)",
                _row(new),
            )
            rows = [(new.plan, path, digest) for path, digest in files.items()]
            self._database.executemany("insert or ignore into file values (?, ?, ?)", rows)
            for step, record in new.steps.items():
                self._put(new.id, step, record)

    def files(self, plan: str) -> dict[str, str]:
        """The digests of the files of a plan, by path; empty for one that was never deployed from here."""
        return dict(self._rows("select path, digest from file where plan = ? order by path", plan))

    def history(self, environment: str = "") -> list[Deployment]:
        """All deployments, of an environment or of all, the oldest first."""
        rows = self._rows(
            "select id, environment, plan, artifacts, sources, who, started, finished, state, revision, committed, of,"
            " approvals from deployment where ? in ('', environment) order by number",
            environment,
        )
        return [self._deployment(row) for row in rows]

    def last_success(self, environment: str) -> Deployment | None:
        """The last deployment that reached its end."""
        done = [each for each in self.history(environment) if each.state is State.SUCCEEDED]
        return done[-1] if done else None

    def steps(self, deployment: str) -> dict[str, StepRecord]:
        """The steps of a deployment that have begun."""
        rows = self._rows("select id, phase, created, failure, left from step where deployment = ?", deployment)
        return {name: StepRecord(Phase(phase), tuple(json.loads(made)), *texts) for name, phase, made, *texts in rows}

    def note(self, deployment: str, step: str, record: StepRecord) -> None:
        """Write down how far a step is."""
        with self._lock, self._database:
            self._put(deployment, step, record)

    def turn(self, deployment: str, state: State, finished: float | None = None) -> None:
        """Write down how far a deployment is."""
        with self._lock, self._database:
            self._database.execute(
                "update deployment set state = ?, finished = ? where id = ?", (state, finished, deployment)
            )

    def _put(self, deployment: str, step: str, record: StepRecord) -> None:
        row = (deployment, step, record.phase, json.dumps(record.created), record.failure, record.left)
        self._database.execute("insert or replace into step values (?, ?, ?, ?, ?, ?)", row)

    def _rows(self, query: str, *values: str) -> list[tuple]:  # type: ignore[type-arg]  # as the query says
        with self._lock:
            return self._database.execute(query, values).fetchall()

    def _deployment(self, row: tuple) -> Deployment:  # type: ignore[type-arg]  # as `history` asks for it
        name, environment, plan, artifacts, sources, who, started, finished, state, revision, at, of, approvals = row
        return Deployment(
            name, environment, plan, artifacts, sources, who, started, State(state), finished, Commit(revision, at), of,
            tuple(json.loads(approvals)), self.steps(name),
        )  # fmt: skip


def _row(new: Deployment) -> tuple[str | float | None, ...]:
    head = (new.id, new.environment, new.plan, new.artifacts, new.sources, new.who, new.started, new.state)
    return (*head, *new.commit, new.of, json.dumps(new.approvals))


class DeploymentLog:
    """The part of a journal in which one deployment is written down."""

    def __init__(self, journal: Journal, deployment: str) -> None:
        self._journal, self._id = journal, deployment
        self._records = journal.steps(deployment)
        self._lock = threading.Lock()

    def records(self) -> Mapping[str, StepRecord]:
        """The steps so far."""
        with self._lock:
            return dict(self._records)

    def note(self, step: str, phase: Phase, detail: str = "", created: tuple[str, ...] | None = None) -> None:
        """Write down how far a step is; what it created stays known, and so does why it failed."""
        with self._lock:
            old = self._records.get(step, StepRecord())
            failure = detail if phase is Phase.FAILED else old.failure
            left = detail if phase is Phase.STUCK else ""
            record = StepRecord(phase, old.created if created is None else created, failure, left)
            self._journal.note(self._id, step, record)
            self._records[step] = record

    def turn(self, state: State) -> None:
        """Write down how far the deployment is."""
        self._journal.turn(self._id, state)
