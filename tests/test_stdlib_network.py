"""Ports, the ways to a service from outside, and what its NetworkPolicy lets through."""

import pytest
from stdlib_projects import DEV, IMAGE, PROD, app, built, service

INGRESS = (
    'environment dev { cloud = "kubernetes", gateway = "ingress", issuer = "letsencrypt", ingress_class = "nginx" }\n'
)
PORTS = """ports {
  http = 8080
  rpc { container = 9090, service = 90, protocol = "grpc" }
  dns { container = 53, protocol = "udp" }
  secure { container = 8443, protocol = "https" }
  raw { container = 7000, protocol = "tcp" }
}"""


def ingress(made, name="web", environment="", app_name="shop"):
    return made.get("NetworkPolicy", name, environment, app_name)["spec"]["ingress"]


def egress(made, name="web", environment="", app_name="shop"):
    return made.get("NetworkPolicy", name, environment, app_name)["spec"]["egress"]


def pods(name):
    return {"podSelector": {"matchLabels": {"app.kubernetes.io/name": name, "app.kubernetes.io/instance": name}}}


def namespace(name):
    return {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": name}}}


def tcp(*numbers):
    return [{"protocol": "TCP", "port": number} for number in numbers]


def test_one_port():
    made = service("port = 8080")
    (port,) = made.get("Service", "web")["spec"]["ports"]
    assert port == {"name": "http", "port": 8080, "targetPort": "http", "protocol": "TCP"}
    assert made.container("Deployment", "web")["ports"] == [{"name": "http", "containerPort": 8080, "protocol": "TCP"}]


def test_others_may_reach_a_port_under_another_number():
    (port,) = service("port = 8080, service_port = 80").get("Service", "web")["spec"]["ports"]
    assert (port["port"], port["targetPort"]) == (80, "http")


def test_several_ports_and_their_protocols():
    made = service(PORTS)
    found = {port["name"]: port for port in made.get("Service", "web")["spec"]["ports"]}
    assert {name: (port["port"], port["protocol"]) for name, port in found.items()} == {
        "http": (8080, "TCP"),
        "rpc": (90, "TCP"),
        "dns": (53, "UDP"),
        "secure": (8443, "TCP"),
        "raw": (7000, "TCP"),
    }
    assert found["rpc"]["appProtocol"] == "kubernetes.io/h2c"


def test_the_addresses_of_ports():
    made = app(
        f"service web {{ {IMAGE}\n{PORTS} }}\n"
        f"job read {{ {IMAGE}, env {{ A = web.url, B = web.host, C = web.port, D = web.ports.rpc.url\n"
        "E = web.ports.secure.url, F = web.ports.dns.url, G = web.ports.raw.url, H = web.ports.rpc.port } }"
    )
    (job,) = (one for one in made.objects() if one["kind"] == "Job")
    assert made.env("Job", job["metadata"]["name"]) == {
        "A": "http://web.shop.svc:8080",
        "B": "web.shop.svc",
        "C": "8080",
        "D": "web.shop.svc:90",
        "E": "https://web.shop.svc:8443",
        "F": "web.shop.svc:53",
        "G": "web.shop.svc:7000",
        "H": "90",
    }


@pytest.mark.parametrize("ports", ["", "ports { a = 1025, b = 1026 }"])
def test_a_url_that_nothing_decides_is_an_error_where_it_is_read(ports):
    text = f"{DEV}app shop {{ team = web\nservice web {{ {IMAGE}, {ports} }}\njob x {{ {IMAGE}, env {{ A = web.url }} }} }}"
    (one,) = built(text).errors
    assert one.text == "web.url"


def test_a_route_of_the_gateway():
    made = service('port = 8080, service_port = 80, expose { host = "shop.acme.io", path = "/api", rewrite = "/v1" }')
    spec = made.get("HTTPRoute", "web")["spec"]
    assert spec["parentRefs"] == [{"name": "public", "namespace": "gateway", "sectionName": "https"}]
    assert spec["hostnames"] == ["shop.acme.io"]
    (rule,) = spec["rules"]
    assert rule["matches"] == [{"path": {"type": "PathPrefix", "value": "/api"}}]
    assert rule["filters"][0]["urlRewrite"]["path"] == {"type": "ReplacePrefixMatch", "replacePrefixMatch": "/v1"}
    assert rule["backendRefs"] == [{"name": "web", "port": 80}]
    assert ingress(made) == [{"from": [namespace("gateway")], "ports": tcp(8080)}]


def test_a_route_without_tls_takes_every_listener():
    made = service('port = 8080, expose { host = "shop.acme.io", tls = false }')
    assert made.get("HTTPRoute", "web")["spec"]["parentRefs"] == [{"name": "public", "namespace": "gateway"}]


def test_the_gateway_is_the_environment_s():
    environment = 'environment dev { cloud = "kubernetes", gateway_ref = "edge/main", gateway_listener = "tls" }\n'
    made = service('port = 8080, expose { host = "shop.acme.io" }', environment)
    (parent,) = made.get("HTTPRoute", "web")["spec"]["parentRefs"]
    assert parent == {"name": "main", "namespace": "edge", "sectionName": "tls"}
    assert ingress(made)[0]["from"] == [namespace("edge")]


def test_an_ingress_with_a_certificate():
    made = service('port = 8080, expose { host = "shop.acme.io" }', INGRESS)
    found = made.get("Ingress", "web")
    assert found["metadata"]["annotations"] == {"cert-manager.io/cluster-issuer": "letsencrypt"}
    assert found["spec"]["ingressClassName"] == "nginx"
    assert found["spec"]["tls"] == [{"hosts": ["shop.acme.io"], "secretName": "web-tls"}]
    (path,) = found["spec"]["rules"][0]["http"]["paths"]
    assert (path["path"], path["pathType"]) == ("/", "Prefix")
    assert path["backend"] == {"service": {"name": "web", "port": {"number": 8080}}}


def test_an_ingress_that_rewrites_and_knows_its_callers():
    made = service(
        'port = 8080, expose { host = "a.io", path = "/api", rewrite = "/v1/", tls = false, from = ["10.0.0.0/8"] }',
        INGRESS,
    )
    found = made.get("Ingress", "web")
    assert found["metadata"]["annotations"] == {
        "nginx.ingress.kubernetes.io/use-regex": "true",
        "nginx.ingress.kubernetes.io/rewrite-target": "/v1/$2",
        "nginx.ingress.kubernetes.io/whitelist-source-range": "10.0.0.0/8",
    }
    assert "tls" not in found["spec"]
    (path,) = found["spec"]["rules"][0]["http"]["paths"]
    assert (path["path"], path["pathType"]) == ("/api(/|$)(.*)", "ImplementationSpecific")


@pytest.mark.parametrize(("name", "protocol"), [("rpc", "GRPC"), ("secure", "HTTPS")])
def test_an_ingress_speaks_the_protocol_of_the_port(name, protocol):
    made = service(f'{PORTS}\nexpose {{ host = "a.io", port = "{name}" }}', INGRESS)
    annotations = made.get("Ingress", "web")["metadata"]["annotations"]
    assert annotations["nginx.ingress.kubernetes.io/backend-protocol"] == protocol


def test_an_ingress_in_an_environment_of_gateways():
    made = service('port = 8080, expose { host = "a.io", via = "ingress" }')
    assert "Ingress" in made.kinds("web")
    assert "HTTPRoute" not in made.kinds("web")


def test_a_load_balancer():
    made = service('port = 8080, service_port = 80, expose { via = "load_balancer" }', PROD)
    found = made.get("Service", "web-public")
    assert found["spec"]["type"] == "LoadBalancer"
    assert [(port["port"], port["targetPort"]) for port in found["spec"]["ports"]] == [(80, "http")]
    scheme = "service.beta.kubernetes.io/aws-load-balancer-scheme"
    assert found["metadata"]["annotations"] == {scheme: "internet-facing"}
    assert ingress(made) == [{"ports": tcp(8080)}]


def test_a_load_balancer_inside_and_for_some_addresses():
    made = service(
        'port = 8080, expose { via = "load_balancer", host = "a.acme.io", public = false, from = ["10.0.0.0/8"] }', PROD
    )
    found = made.get("Service", "web-public")
    assert found["metadata"]["annotations"] == {
        "external-dns.alpha.kubernetes.io/hostname": "a.acme.io",
        "service.beta.kubernetes.io/aws-load-balancer-scheme": "internal",
    }
    assert found["spec"]["loadBalancerSourceRanges"] == ["10.0.0.0/8"]
    assert found["spec"]["externalTrafficPolicy"] == "Local"
    assert ingress(made) == [{"from": [{"ipBlock": {"cidr": "10.0.0.0/8"}}], "ports": tcp(8080)}]


def test_several_ways_to_a_service():
    made = service(
        f'{PORTS}\nexpose shop {{ host = "shop.io" }}\nexpose api_v2 {{ host = "api.io", port = "rpc" }}\n'
        'expose raw { via = "load_balancer", port = 7000 }'
    )
    assert made.get("HTTPRoute", "web-shop")["spec"]["hostnames"] == ["shop.io"]
    assert made.get("HTTPRoute", "web-api-v2")["spec"]["rules"][0]["backendRefs"] == [{"name": "web", "port": 90}]
    (port,) = made.get("Service", "web-public-raw")["spec"]["ports"]
    assert port["port"] == 7000
    assert {rule["ports"][0]["port"] for rule in ingress(made)} == {8080, 9090, 7000}


def test_a_canary_moves_the_traffic_of_its_routes():
    rollout = 'port = 8080, rollout { strategy = "canary" }, expose { host = "a.io" }'
    made = service(rollout)
    routing = made.get("Rollout", "web")["spec"]["strategy"]["canary"]["trafficRouting"]
    plugin = routing["plugins"]["argoproj-labs/gatewayAPI"]
    assert plugin == {"namespace": "shop", "httpRoutes": [{"name": "web"}]}
    (rule,) = made.get("HTTPRoute", "web")["spec"]["rules"]
    assert [(ref["name"], ref["weight"]) for ref in rule["backendRefs"]] == [("web", 100), ("web-canary", 0)]
    routing = service(rollout, INGRESS).get("Rollout", "web")["spec"]["strategy"]["canary"]["trafficRouting"]
    assert routing == {"nginx": {"stableIngresses": ["web"]}}


def test_blue_green_leaves_the_route_to_the_service():
    made = service('port = 8080, rollout { strategy = "blue_green" }, expose { host = "a.io" }')
    assert made.get("HTTPRoute", "web")["spec"]["rules"][0]["backendRefs"] == [{"name": "web", "port": 8080}]


def test_metrics_open_their_port_to_the_monitoring_namespace():
    made = service("port = 8080, metrics { port = 9090 }")
    assert ingress(made) == [{"from": [namespace("monitoring")], "ports": tcp(9090)}]
    assert ingress(service("port = 8080, metrics { }"))[0]["ports"] == tcp(8080)
    silent = 'environment dev { cloud = "kubernetes", monitoring = "none" }\n'
    assert ingress(service("port = 8080, metrics { port = 9090 }", silent)) == []


def test_a_service_that_nothing_needs_is_closed():
    policy = service("port = 8080").get("NetworkPolicy", "web")["spec"]
    assert policy["policyTypes"] == ["Ingress", "Egress"]
    assert (policy["ingress"], policy["egress"]) == ([], [])


def test_an_edge_opens_both_sides_for_the_port_that_is_read():
    made = app(f"service web {{ {IMAGE}, env {{ A = api.ports.rpc.url }} }}\nservice api {{ {IMAGE}\n{PORTS} }}")
    assert egress(made) == [{"to": [pods("api")], "ports": tcp(9090)}]
    assert ingress(made, "api") == [{"from": [pods("web")], "ports": tcp(9090)}]


def test_an_edge_that_reads_no_port_opens_all():
    made = app(f"service web {{ {IMAGE}, uses api {{ }} }}\nservice api {{ {IMAGE}, ports {{ a = 1025, b = 1026 }} }}")
    assert egress(made) == [{"to": [pods("api")], "ports": tcp(1025, 1026)}]


def test_an_edge_to_another_app_names_namespace_and_pods_in_one_peer():
    made = built(
        f"{DEV}app shop {{ team = web\nservice api {{ {IMAGE}, port = 8080 }} }}\n"
        f"app billing {{ team = web\nservice web {{ {IMAGE}, env {{ A = shop.api.url }} }} }}\n"
    )
    assert made.errors == []
    assert made.env("Deployment", "web", app="billing") == {"A": "http://api.shop.svc:8080"}
    assert egress(made, app_name="billing") == [{"to": [{**namespace("shop"), **pods("api")}], "ports": tcp(8080)}]
    assert ingress(made, "api") == [{"from": [{**namespace("billing"), **pods("web")}], "ports": tcp(8080)}]


@pytest.mark.parametrize(
    ("settings", "url", "port"),
    [
        ("", "https://api.stripe.com", ("TCP", 443)),
        ('protocol = "http"', "http://api.stripe.com", ("TCP", 80)),
        ("port = 8443", "https://api.stripe.com:8443", ("TCP", 8443)),
        ('protocol = "grpc", port = 50051', "api.stripe.com:50051", ("TCP", 50051)),
        ('protocol = "udp", port = 123', "api.stripe.com:123", ("UDP", 123)),
    ],
)
def test_an_external_service(settings, url, port):
    made = app(
        f'external_service card {{ host = "api.stripe.com", {settings} }}\n'
        f"service web {{ {IMAGE}, env {{ A = card.url, B = card.host, C = card.port }} }}"
    )
    assert made.env("Deployment", "web") == {"A": url, "B": "api.stripe.com", "C": str(port[1])}
    (rule,) = egress(made)
    assert [(one["protocol"], one["port"]) for one in rule["ports"]] == [port]
    block = rule["to"][0]["ipBlock"]
    assert block["cidr"] == "0.0.0.0/0"
    assert {"10.0.0.0/8", "169.254.0.0/16"} <= set(block["except"])


def test_an_external_service_of_ones_own_network():
    environment = 'environment dev { cloud = "kubernetes", network { cidrs = ["10.9.0.0/16"] } }\n'
    made = app(
        'external_service ldap { host = "ldap.acme.io", protocol = "tcp", port = 636, private = true }\n'
        f"service web {{ {IMAGE}, env {{ A = ldap.url }} }}",
        environment,
    )
    assert egress(made) == [{"to": [{"ipBlock": {"cidr": "10.9.0.0/16"}}], "ports": tcp(636)}]


def test_a_namespace_denies_and_resolves_names():
    made = service("port = 8080")
    deny = made.get("NetworkPolicy", "default-deny")["spec"]
    assert (deny["podSelector"], deny["policyTypes"]) == ({}, ["Ingress", "Egress"])
    (rule,) = made.get("NetworkPolicy", "dns")["spec"]["egress"]
    assert rule["to"] == [namespace("kube-system"), {"ipBlock": {"cidr": "169.254.20.10/32"}}]
    given = 'environment dev { cloud = "kubernetes", dns_from = ["dns", "10.0.0.10/32"] }\n'
    (rule,) = service("port = 8080", given).get("NetworkPolicy", "dns")["spec"]["egress"]
    assert rule["to"] == [namespace("dns"), {"ipBlock": {"cidr": "10.0.0.10/32"}}]


def test_a_prefix_stands_before_namespaces():
    environment = 'environment dev { cloud = "kubernetes", namespace_prefix = "dev-" }\n'
    made = app(f"service web {{ {IMAGE}, env {{ A = api.url }} }}\nservice api {{ {IMAGE}, port = 8080 }}", environment)
    assert {one["metadata"]["namespace"] for one in made.objects() if one["kind"] != "Namespace"} == {"dev-shop"}
    assert made.env("Deployment", "web") == {"A": "http://api.dev-shop.svc:8080"}


def test_jobs_have_egress_only():
    made = app(f"service web {{ {IMAGE}, port = 8080 }}\njob test {{ {IMAGE}, env {{ A = web.url }} }}")
    assert ingress(made, "test") == []
    assert egress(made, "test") == [{"to": [pods("web")], "ports": tcp(8080)}]
    assert ingress(made) == [{"from": [pods("test")], "ports": tcp(8080)}]
