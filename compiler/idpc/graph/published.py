"""The published form of `graph.json`, from which its schema is made."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field


class _Closed(BaseModel):
    model_config = ConfigDict(extra="forbid", populate_by_name=True)


class Location(_Closed):
    """Where something was written: a path relative to the project, and a line and column from 1."""

    file: str
    line: int = Field(ge=1)
    column: int = Field(ge=1)


class GraphNode(_Closed):
    """An instance. What is secret or known only later stands in `fields` and `outputs` as a reference.

    `name` is its name in artifacts where that is not the address's; `was` are the addresses that it had, the oldest first.
    """

    address: str
    kind: str
    app: str
    team: str
    tier: str
    fields: dict[str, Any]
    outputs: dict[str, Any]
    location: Location
    name: str | None = None
    was: list[str] = []


class GraphEdge(_Closed):
    """From a consumer to what it needs; `enforced` says what holds it to its level where no identity does."""

    source: str = Field(alias="from")
    target: str = Field(alias="to")
    why: str
    access: str | None
    order: Literal["hard", "call"]
    location: Location
    enforced: Literal["network"] | None = None


class GraphDocument(_Closed):
    """The typed graph of one environment."""

    model_config = ConfigDict(title="idpc graph")

    version: Literal[1]
    environment: str
    nodes: list[GraphNode]
    edges: list[GraphEdge]
