"""graph.json and the drawings of a graph."""

import datetime
import json
import re
import shutil
import subprocess

import pytest
from plan_samples import address, data, edge, graph, node

from idpc.graph.document import graph_document, printable
from idpc.graph.drawing import dot, mermaid
from idpc.graph.published import GraphDocument
from idpc.values import (
    Base64,
    InstanceRef,
    JsonText,
    NamedRef,
    OutputRef,
    Quantity,
    Range,
    ResourceRef,
    StoreRef,
    Text,
)

ORDERS = address("shop.orders")
CANARY = "hunter2-canary"


def position(span):
    return {"file": span.file, "line": span.start + 1, "column": 1}


def shop():
    return graph(
        data("shop.orders", via="network", storage=Quantity("bytes", 20 << 30)),
        data("shop.receipts", "bucket", via="cloud_api", delivered=()),
        node("shop.checkout", replicas=Range(2, 10), env={"URL": OutputRef(ORDERS, "url")}),
        node("web.front"),
        edge("shop.checkout", "shop.orders", access="read"),
        edge("shop.checkout", "shop.receipts", access="write"),
        edge("web.front", "shop.checkout", "call", start=4),
    )


def test_the_document_is_as_published():
    document = graph_document(shop(), position)
    read = GraphDocument.model_validate_json(json.dumps(document))
    assert read.model_dump(by_alias=True, exclude_unset=True) == document


def test_nodes_hold_their_fields_in_canonical_form():
    nodes = {each["address"]: each for each in graph_document(shop(), position)["nodes"]}
    assert nodes["shop.orders"]["fields"]["storage"] == "20Gi"
    assert nodes["shop.checkout"]["fields"] == {
        "replicas": {"min": 2, "max": 10},
        "env": {"URL": {"secret": "shop.orders.url"}},
    }


def test_edges_say_what_enforces_them():
    first, second, third = graph_document(shop(), position)["edges"]
    assert (first["from"], first["to"], first["access"], first["enforced"]) == (
        "shop.checkout",
        "shop.orders",
        "read",
        "network",
    )
    assert "enforced" not in second
    assert (third["order"], third["access"], third["location"]["line"]) == ("call", None, 5)


def test_what_enforces_an_edge_can_be_given():
    edges = graph_document(shop(), position, lambda _: "")["edges"]
    assert not any("enforced" in each for each in edges)


def test_a_secret_output_is_a_reference_whatever_it_holds():
    from msgspec.structs import replace

    secret = replace(data("shop.orders"), outputs={"url": CANARY, "port": 5432})
    (printed,) = graph_document(graph(secret), position)["nodes"]
    assert printed["outputs"] == {"url": {"secret": "shop.orders.url"}, "port": 5432}
    assert CANARY not in json.dumps(printed)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, None),
        (True, True),
        (1.5, 1.5),
        (datetime.date(2027, 1, 31), "2027-01-31"),
        ([Quantity("cpu", 250)], ["250m"]),
        (OutputRef(ORDERS, "ports", ("grpc", 0)), {"secret": "shop.orders.ports.grpc[0]"}),
        (StoreRef("payments/stripe-key"), {"store": "payments/stripe-key"}),
        (StoreRef("payments/stripe", "key"), {"store": "payments/stripe#key"}),
        (
            ResourceRef(ORDERS, "aws_vpc", "app_main", ("id",), data=True),
            {"resource": "data.aws_vpc.app_main.id", "of": "shop.orders"},
        ),
        (Text(("a", StoreRef("b"))), {"text": ["a", {"store": "b"}]}),
        (JsonText({"a": StoreRef("b")}), {"json": {"a": {"store": "b"}}}),
        (Base64(StoreRef("b")), {"base64": {"store": "b"}}),
        (InstanceRef(ORDERS), {"instance": "shop.orders"}),
        (NamedRef("team", "payments"), {"team": "payments"}),
    ],
)
def test_values_as_json(value, expected):
    assert printable(value) == expected


def test_mermaid_draws_apps_shapes_and_calls():
    assert mermaid(shop()) == (
        "flowchart LR\n"
        '  subgraph app_shop["shop (payments)"]\n'
        '    n0["checkout<br/>service"]\n'
        '    n1[("orders<br/>postgres")]\n'
        '    n2[("receipts<br/>bucket")]\n'
        "  end\n"
        '  subgraph app_web["web (payments)"]\n'
        '    n3["front<br/>service"]\n'
        "  end\n"
        '  n0 -->|"read"| n1\n'
        '  n0 -->|"write"| n2\n'
        "  n3 -.-> n0\n"
    )


def test_a_drawing_of_one_app_shows_its_neighbours_only():
    assert "orders" not in mermaid(shop(), "web")
    assert "checkout" in mermaid(shop(), "web")


def test_names_cannot_break_a_drawing():
    odd = graph(node('shop.sweep["a\\"]\\n<b>"]'))
    assert "#quot;" in mermaid(odd)
    assert "<b>" not in mermaid(odd)
    assert re.search(r'label="sweep\[\\"', dot(odd))


def test_dot_draws_the_same():
    text = dot(shop())
    assert '  subgraph "cluster_shop" {' in text
    assert '    n1 [shape=cylinder, label="orders\\npostgres"]' in text
    assert "  n3 -> n0 [style=dashed]" in text
    assert '  n0 -> n1 [style=solid, label="read"]' in text


@pytest.mark.skipif(not shutil.which("dot"), reason="needs Graphviz: apt-get install graphviz")
def test_graphviz_reads_it():
    subprocess.run(["dot", "-Tsvg"], input=dot(shop()).encode(), check=True, capture_output=True)
