"""Network policies hold what the edges open, and the namespace's policies close all else."""

from emit_builders import bundle_of, database, deployment, edge, environment, node, object_of, objects_of, pod, thing

from idpc.graph.model import Port, Reach

TCP_5432 = [{"protocol": "TCP", "port": 5432}]
ORDERS = {"app.kubernetes.io/name": "orders", "app.kubernetes.io/instance": "orders"}
CHECKOUT = {"app.kubernetes.io/name": "checkout", "app.kubernetes.io/instance": "checkout"}
POLICY = "networking.k8s.io/v1"


def checkout(**settings):
    return node("shop.checkout", objects=(deployment("checkout"),), **settings)


def policy(bundle, name):
    return object_of(bundle, "NetworkPolicy", name)["spec"]


def namespace(name):
    return {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": name}}}


def test_an_edge_opens_both_sides():
    bundle = bundle_of(environment("prod", [checkout(), database()], [edge("shop.checkout", "shop.orders", "url")]))
    assert policy(bundle, "checkout") == {
        "podSelector": {"matchLabels": CHECKOUT},
        "policyTypes": ["Ingress", "Egress"],
        "ingress": [],
        "egress": [{"to": [{"podSelector": {"matchLabels": ORDERS}}], "ports": TCP_5432}],
    }
    rule = {"from": [{"podSelector": {"matchLabels": CHECKOUT}}], "ports": TCP_5432}
    assert policy(bundle, "orders")["ingress"] == [rule]


def test_another_app_is_one_peer_of_namespace_and_pods():
    api = node("billing.api", objects=(deployment("api"),))
    bundle = bundle_of(environment("prod", [api, database()], [edge("billing.api", "shop.orders")]))
    peer = policy(bundle, "api")["egress"][0]["to"]
    assert peer == [{**namespace("shop"), "podSelector": {"matchLabels": ORDERS}}]
    assert (
        policy(bundle, "orders")["ingress"][0]["from"][0]["namespaceSelector"]
        == namespace("billing")["namespaceSelector"]
    )


def test_peers_with_the_same_ports_share_a_rule_in_the_order_of_addresses():
    nodes = [database("shop.zebra"), database("shop.apple"), checkout()]
    edges = [edge("shop.checkout", "shop.zebra"), edge("shop.checkout", "shop.apple")]
    rules = policy(bundle_of(environment("prod", nodes, edges)), "checkout")["egress"]
    assert len(rules) == 1
    names = [peer["podSelector"]["matchLabels"]["app.kubernetes.io/name"] for peer in rules[0]["to"]]
    assert names == ["apple", "zebra"]


def test_only_the_ports_of_the_outputs_that_are_read():
    reach = Reach(
        "pods", (Port(8080), Port(9090), Port(53, "UDP")), {"url": (Port(8080),), "ports.grpc": (Port(9090),)}
    )
    api = node("shop.api", objects=(deployment("api"),), reach=reach)

    def ports(*edges):
        rule = policy(bundle_of(environment("prod", [checkout(), api], list(edges))), "checkout")["egress"][0]
        return [port["port"] for port in rule["ports"]]

    assert ports(edge("shop.checkout", "shop.api", "url")) == [8080]
    assert ports(edge("shop.checkout", "shop.api", "ports.grpc.url")) == [9090]
    assert ports(edge("shop.checkout", "shop.api", "host")) == [53, 8080, 9090]
    assert ports(edge("shop.checkout", "shop.api")) == [53, 8080, 9090]
    two = (edge("shop.checkout", "shop.api", "url"), edge("shop.checkout", "shop.api", "ports.grpc.host"))
    assert ports(*two) == [8080, 9090]


def test_edges_that_only_order_open_nothing():
    bundle = bundle_of(
        environment("prod", [checkout(), database()], [edge("shop.checkout", "shop.orders", network=False)])
    )
    assert policy(bundle, "checkout")["egress"] == []


def test_managed_services_are_reached_by_addresses():
    store = node("shop.store", "postgres", reach=Reach("network", (Port(5432),)))
    edges = [edge("shop.checkout", "shop.store")]
    rule = policy(bundle_of(environment("prod", [checkout(), store], edges)), "checkout")["egress"][0]
    assert [peer["ipBlock"]["cidr"] for peer in rule["to"]] == ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"]
    known = environment("prod", [checkout(), store], edges, network={"cidrs": ["10.4.0.0/16"]})
    assert policy(bundle_of(known), "checkout")["egress"][0]["to"] == [{"ipBlock": {"cidr": "10.4.0.0/16"}}]


def test_cloud_apis_are_anywhere_but_inside():
    queue = node("shop.queue", "queue", reach=Reach("cloud_api", (Port(443),)))
    bundle = bundle_of(environment("prod", [checkout(), queue], [edge("shop.checkout", "shop.queue")]))
    block = policy(bundle, "checkout")["egress"][0]["to"][0]["ipBlock"]
    assert block["cidr"] == "0.0.0.0/0"
    assert {"10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16"} <= set(block["except"])


def test_the_rules_of_a_kind_stand_before_those_of_the_edges():
    gateway = {"from": [namespace("gateway")], "ports": [{"port": 8080}]}
    own = thing("NetworkPolicy", {"spec": {"ingress": [gateway]}}, api_version=POLICY)
    caller = node("shop.caller", objects=(deployment("caller"),))
    called = node("shop.checkout", objects=(deployment("checkout"), own), reach=Reach("pods", (Port(8080),)))
    bundle = bundle_of(environment("prod", [called, caller], [edge("shop.caller", "shop.checkout")]))
    spec = policy(bundle, "checkout")
    assert spec["ingress"][0] == gateway
    assert len(spec["ingress"]) == 2
    assert spec["podSelector"] == {"matchLabels": CHECKOUT}


def test_jobs_are_never_called():
    template = {"template": {"spec": {**pod("smoke"), "restartPolicy": "Never"}}}
    job = thing("Job", {"spec": template}, api_version="batch/v1")
    smoke = node("shop.smoke", "job", objects=(job,), reach=Reach("pods", (Port(80),)))
    edges = [edge("shop.smoke", "shop.orders"), edge("shop.checkout", "shop.smoke")]
    bundle = bundle_of(environment("prod", [smoke, database(), checkout()], edges))
    assert policy(bundle, "smoke")["ingress"] == []
    assert policy(bundle, "smoke")["egress"]
    peers = policy(bundle, "orders")["ingress"][0]["from"]
    assert peers[0]["podSelector"]["matchLabels"]["app.kubernetes.io/name"] == "smoke"


def test_instances_without_pods_have_no_policy():
    files = node("shop.files", "bucket", objects=(thing("ConfigMap", {"data": {}}),))
    names = {one["metadata"]["name"] for one in objects_of(bundle_of(environment("prod", [files])), "NetworkPolicy")}
    assert names == {"default-deny", "dns"}


def test_a_namespace_is_closed_but_for_names():
    bundle = bundle_of(environment("prod", [checkout()]))
    assert policy(bundle, "default-deny") == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}
    rule = policy(bundle, "dns")["egress"][0]
    assert rule["to"] == [namespace("kube-system"), {"ipBlock": {"cidr": "169.254.20.10/32"}}]
    assert rule["ports"] == [{"protocol": "UDP", "port": 53}, {"protocol": "TCP", "port": 53}]


def test_name_servers_may_be_elsewhere():
    one = environment("prod", [checkout()], dns_from=["openshift-dns", "10.0.0.2/32"])
    rule = policy(bundle_of(one), "dns")["egress"][0]
    assert rule["to"] == [namespace("openshift-dns"), {"ipBlock": {"cidr": "10.0.0.2/32"}}]
