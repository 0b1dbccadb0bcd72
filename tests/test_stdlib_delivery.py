"""Records, certificates, content delivery and sites, on each cloud."""

import pytest
from stdlib_projects import DEV, IMAGE, PROD, app, wrong

GCP = 'environment gcp { cloud = "gcp", region = "europe-west1", domain = "acme.io", account = "acme-1" }\n'
AZURE = 'environment azure { cloud = "azure", region = "westeurope", domain = "acme.io" }\n'

# ---------------------------------------------------------------- records, certificates, content delivery


@pytest.mark.parametrize(
    ("type_", "host", "value", "resource"),
    [
        ("A", "www.acme.io", "10.0.0.1", "azurerm_dns_a_record"),
        ("AAAA", "www.acme.io", "::1", "azurerm_dns_aaaa_record"),
        ("CNAME", "www.acme.io", "acme.io", "azurerm_dns_cname_record"),
        ("TXT", "acme.io", "v=spf1 -all", "azurerm_dns_txt_record"),
        ("MX", "acme.io", "10 mail.acme.io", "azurerm_dns_mx_record"),
    ],
)
def test_a_record(type_, host, value, resource):
    body = f'dns_record x {{ host = "{host}", type = "{type_}", values = ["{value}"], ttl = 2m }}'
    found = app(body, PROD).resource("aws_route53_record", "x_main")
    assert (found["name"], found["type"], found["records"], found["ttl"]) == (host, type_, [value], 120)
    found = app(body, GCP).resource("google_dns_record_set", "x_main")
    written = {"CNAME": "acme.io.", "TXT": '"v=spf1 -all"', "MX": "10 mail.acme.io."}.get(type_, value)
    assert (found["name"], found["rrdatas"]) == (f"{host}.", [written])
    found = app(body, AZURE).resource(resource, "x_main")
    assert found["name"] == ("www" if host.startswith("www") else "@")


def test_a_long_text_is_cut_where_a_zone_needs_it():
    text = "v=DKIM1; p=" + "A" * 400
    found = app(f'dns_record x {{ host = "acme.io", type = "TXT", values = ["{text}"] }}', GCP)
    (written,) = found.resource("google_dns_record_set", "x_main")["rrdatas"]
    assert [len(part) for part in written.strip('"').split('" "')] == [255, 156]


def test_a_record_in_a_cluster_is_for_external_dns():
    dev = 'environment dev { cloud = "kubernetes", domain = "acme.io" }\n'
    made = app('dns_record x { host = "www.acme.io", type = "CNAME", values = ["acme.github.io"] }', dev)
    service = made.get("Service", "x")
    assert service["spec"] == {"type": "ExternalName", "externalName": "acme.github.io"}
    assert service["metadata"]["annotations"]["external-dns.alpha.kubernetes.io/hostname"] == "www.acme.io"


def test_a_certificate_is_proven_in_its_zone():
    body = 'certificate c { host = "acme.io", also = ["*.acme.io"], in azure { authority = "DigiCert" } }'
    made = app(body.replace("in azure", "in prod"), PROD)
    main = made.resource("aws_acm_certificate", "c_main")
    assert (main["domain_name"], main["subject_alternative_names"]) == ("acme.io", ["*.acme.io"])
    proof = made.resource("aws_route53_record", "c_proof_1")
    assert proof["name"] == "${tolist(aws_acm_certificate.c_main.domain_validation_options)[1].resource_record_name}"
    made = app(body.replace("in azure", "in gcp"), GCP)
    assert len(made.terraform()["resource"]["google_certificate_manager_dns_authorization"]) == 1
    assert made.resource("google_certificate_manager_certificate", "c_main")["managed"]["domains"] == [
        "acme.io",
        "*.acme.io",
    ]
    policy = app(body, AZURE).resource("azurerm_key_vault_certificate", "c_main")["certificate_policy"]
    assert policy["issuer_parameters"] == {"name": "DigiCert"}


def test_a_certificate_in_a_cluster_is_of_cert_manager():
    dev = 'environment dev { cloud = "kubernetes", domain = "acme.io", issuer = "letsencrypt" }\n'
    spec = app('certificate c { host = "www.acme.io" }', dev).get("Certificate", "c")["spec"]
    assert spec["issuerRef"] == {"group": "cert-manager.io", "kind": "ClusterIssuer", "name": "letsencrypt"}
    assert (spec["secretName"], spec["dnsNames"]) == ("c-tls", ["www.acme.io"])


def test_content_delivery_on_aws():
    certificate = 'certificate c { host = "www.acme.io", region = "us-east-1" }'
    made = app(
        f'{certificate}\ncdn d {{ host = "www.acme.io", origin = "shop.acme.io", certificate = c, firewall = "arn:waf" }}',
        PROD,
    )
    main = made.resource("aws_cloudfront_distribution", "d_main")
    assert main["viewer_certificate"]["minimum_protocol_version"] == "TLSv1.2_2021"
    assert main["default_cache_behavior"]["viewer_protocol_policy"] == "redirect-to-https"
    assert main["web_acl_id"] == "arn:waf"
    assert "strict_transport_security" in str(made.resource("aws_cloudfront_response_headers_policy", "d_main"))


@pytest.mark.parametrize(
    ("cache", "enabled", "mode"),
    [("as_told", True, "USE_ORIGIN_HEADERS"), ("static", True, "FORCE_CACHE_ALL"), ("none", False, None)],
)
def test_content_delivery_on_google_cloud(cache, enabled, mode):
    made = app(
        'certificate c { host = "www.acme.io" }\n'
        f'cdn d {{ host = "www.acme.io", origin = "shop.acme.io", certificate = c, cache = "{cache}" }}',
        GCP,
    )
    service = made.resource("google_compute_backend_service", "d_main")
    assert service["enable_cdn"] is enabled
    assert service.get("cdn_policy", {}).get("cache_mode") == mode
    assert made.resource("google_compute_ssl_policy", "d_main")["min_tls_version"] == "TLS_1_2"


def test_content_delivery_on_azure_has_a_certificate_of_its_own():
    made = app('cdn d { host = "www.acme.io", origin = "shop.acme.io", firewall = "/x/waf" }', AZURE)
    domain = made.resource("azurerm_cdn_frontdoor_custom_domain", "d_main")
    assert domain["tls"] == {"certificate_type": "ManagedCertificate", "minimum_version": "TLS12"}
    assert "azurerm_cdn_frontdoor_security_policy" in made.terraform()["resource"]
    headers = made.resource("azurerm_cdn_frontdoor_rule", "d_main")["actions"]["response_header_action"]
    assert "Strict-Transport-Security" in {each["header_name"] for each in headers}


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ('dns_record x { host = "acme.com", values = ["10.0.0.1"] }', "no name in the zone"),
        ('dns_record x { host = "acme.io", type = "CNAME", values = ["a.io"] }', "own name"),
        ('dns_record x { host = "acme.io", type = "MX", values = ["mail.acme.io"] }', "priority"),
        ('dns_record x { host = "acme.io", values = [] }', "values"),
        ('certificate c { host = "*.acme.com" }', "not in the zone"),
        ('certificate c { host = "acme.io", region = "nowhere" }', "us-east-1"),
        ('cdn d { host = "www.acme.io", origin = "www.acme.io" }', "another host"),
        ('cdn d { host = "www.acme.io", origin = "shop.acme.io" }', "certificate"),
        (
            'certificate c { host = "www.acme.io" }\ncdn d { host = "www.acme.io", origin = "shop.acme.io", certificate = c }',
            "us-east-1",
        ),
    ],
)
def test_names_that_cannot_be(body, words):
    assert any(words in each.message for each in wrong(body, PROD))


# ---------------------------------------------------------------- sites

SITE = 'static_site site { source = "ghcr.io/acme/site:1.0.0", expose { host = "www.acme.io" }, '


@pytest.mark.parametrize(("spa", "answer"), [("false", "=404"), ("true", "/index.html")])
def test_a_site_in_a_cluster_is_served(spa, answer):
    made = app(f"{SITE} spa = {spa}, replicas = 2 }}", DEV)
    assert made.get("Deployment", "site")["spec"]["replicas"] == 2
    (first,) = made.pod("Deployment", "site")["initContainers"]
    assert (first["image"], first["command"]) == ("ghcr.io/acme/site:1.0.0", ["cp", "-R", "/site/.", "/work"])
    (settings,) = [one for one in made.objects() if one["kind"] == "ConfigMap"]
    (text,) = settings["data"].values()
    assert f"try_files $uri $uri/ {answer};" in text
    assert 'add_header Content-Security-Policy "default-src' in text
    assert made.get("HTTPRoute", "site")["spec"]["hostnames"] == ["www.acme.io"]
    assert made.get("PodDisruptionBudget", "site")


def test_a_site_behind_an_ingress():
    dev = 'environment dev { cloud = "kubernetes", gateway = "ingress", issuer = "le" }\n'
    assert app(f"{SITE} }}", dev).get("Ingress", "site")["spec"]["tls"][0]["hosts"] == ["www.acme.io"]


def test_a_site_on_aws_is_delivered_from_a_bucket_that_only_the_network_reads():
    made = app(f'{SITE} spa = true, firewall = "arn:waf" }}', PROD)
    (job,) = [one for one in made.objects() if one["kind"] == "Job"]
    bucket = made.resource("aws_s3_bucket", "site_main")["bucket"]
    container = job["spec"]["template"]["spec"]["containers"][0]
    assert container["command"][:5] == ["aws", "s3", "sync", "/work", f"s3://{bucket}"]
    assert "Deployment" not in made.kinds("site")
    assert {"name": "HOME", "value": "/tmp"} in container["env"]
    statements = {each["sid"]: each for each in made.data("aws_iam_policy_document", "site_bucket")["statement"]}
    assert statements["delivery"]["condition"][0]["values"] == ["${aws_cloudfront_distribution.site_main.arn}"]
    assert made.resource("aws_s3_bucket_public_access_block", "site_main")["restrict_public_buckets"] is True
    main = made.resource("aws_cloudfront_distribution", "site_main")
    assert main["custom_error_response"][0]["response_page_path"] == "/index.html"
    (association,) = main["default_cache_behavior"]["function_association"]
    assert association["function_arn"] == "${aws_cloudfront_function.site_folders.arn}"
    assert made.resource("aws_acm_certificate", "site_main")["region"] == "us-east-1"
    association = made.resource("aws_eks_pod_identity_association", "site_main")
    assert association["service_account"] == job["spec"]["template"]["spec"]["serviceAccountName"]


def test_a_site_on_google_cloud_is_delivered_from_a_bucket():
    made = app(f"{SITE} }}", GCP)
    bucket = made.resource("google_storage_bucket", "site_main")
    assert bucket["website"] == {"main_page_suffix": "index.html", "not_found_page": "404.html"}
    upload = made.resource("google_storage_bucket_iam_member", "site_upload")
    assert upload["member"].endswith("/subject/ns/shop/sa/site")
    (job,) = [one for one in made.objects() if one["kind"] == "Job"]
    assert f"gs://{bucket['name']}" in job["spec"]["template"]["spec"]["containers"][0]["command"]


def test_a_path_of_a_page_on_google_cloud_is_answered_with_the_page():
    made = app(f"{SITE} spa = true }}", GCP)
    policy = made.resource("google_compute_url_map", "site_main")["default_custom_error_response_policy"]
    (rule,) = policy["error_response_rule"]
    assert rule == {"match_response_codes": ["404"], "path": "/index.html", "override_response_code": 200}
    assert policy["error_service"] == "${google_compute_backend_bucket.site_main.id}"


def test_a_site_on_azure_is_delivered_from_a_storage_account_to_which_the_job_alone_writes():
    made = app(f"{SITE} spa = true }}", AZURE)
    assert "Deployment" not in made.kinds("site")
    account = made.resource("azurerm_storage_account", "site_main")
    assert not account["shared_access_key_enabled"]
    assert not account["allow_nested_items_to_be_public"]
    assert made.resource("azurerm_storage_account_static_website", "site_main")["error_404_document"] == "index.html"
    origin = made.resource("azurerm_cdn_frontdoor_origin", "site_main")
    assert origin["host_name"] == "${azurerm_storage_account.site_main.primary_web_host}"
    route = made.resource("azurerm_cdn_frontdoor_route", "site_main")
    assert (route["forwarding_protocol"], route["https_redirect_enabled"]) == ("HttpsOnly", True)
    assert not route["link_to_default_domain"]
    pages = made.resource("azurerm_cdn_frontdoor_rule", "site_pages")
    assert pages["actions"]["url_rewrite_action"]["destination"] == "/index.html"
    grant = made.resource("azurerm_role_assignment", "site_upload")
    assert grant["scope"] == "${azurerm_storage_account.site_main.id}/blobServices/default/containers/$web"
    (job,) = [one for one in made.objects() if one["kind"] == "Job"]
    pod = job["spec"]["template"]
    assert pod["metadata"]["labels"]["azure.workload.identity/use"] == "true"
    (container,) = pod["spec"]["containers"]
    assert {":azureblob:$web", f"--azureblob-account={account['name']}"} <= set(container["command"])
    (client,) = [each for each in container["env"] if each["name"] == "AZURE_CLIENT_ID"]
    assert client["valueFrom"]["secretKeyRef"]["key"] == "client_id"


def test_a_site_on_azure_may_be_read_by_front_door_alone():
    made = app(f"{SITE} private_origin = true }}", AZURE)
    account = made.resource("azurerm_storage_account", "site_main")
    assert not account["public_network_access_enabled"]
    assert account["network_rules"]["default_action"] == "Deny"
    assert made.resource("azurerm_cdn_frontdoor_profile", "site_main")["sku_name"] == "Premium_AzureFrontDoor"
    link = made.resource("azurerm_cdn_frontdoor_origin", "site_main")["private_link"]
    assert (link["target_type"], link["private_link_target_id"]) == ("web", "${azurerm_storage_account.site_main.id}")
    assert made.resource("azurerm_private_endpoint", "site_main")
    last = made.get("NetworkPolicy", "site")["spec"]["egress"][-1]
    assert {"ipBlock": {"cidr": "10.0.0.0/8"}} in last["to"]


@pytest.mark.parametrize("body", [f"{SITE} }}", 'cdn site { host = "www.acme.io", origin = "shop.acme.io" }'])
def test_requests_to_front_door_are_recorded_where_the_environment_says(body):
    workspace = "/subscriptions/1/resourceGroups/logs/providers/Microsoft.OperationalInsights/workspaces/w"
    assert "azurerm_monitor_diagnostic_setting" not in app(body, AZURE).terraform()["resource"]
    made = app(body, AZURE.replace("domain", f'access_logs = "{workspace}", domain'))
    setting = made.resource("azurerm_monitor_diagnostic_setting", "site_delivery")
    assert setting["log_analytics_workspace_id"] == workspace
    assert setting["target_resource_id"] == "${azurerm_cdn_frontdoor_profile.site_main.id}"
    assert {"category": "FrontDoorAccessLog"} in setting["enabled_log"]


@pytest.mark.parametrize("environment", [DEV, PROD, AZURE])
def test_a_service_may_know_where_a_site_is(environment):
    made = app(f"{SITE} }}\nservice api {{ {IMAGE}, env {{ ALLOWED_ORIGIN = site.url }} }}", environment)
    assert made.env("Deployment", "api")["ALLOWED_ORIGIN"] == "https://www.acme.io"


def test_another_version_of_a_site_is_another_job():
    names = [
        one["metadata"]["name"]
        for version in ("1.0.0", "2.0.0")
        for one in app(f"{SITE} }}".replace("1.0.0", version), PROD).objects()
        if one["kind"] == "Job"
    ]
    assert len(set(names)) == 2


def test_a_site_behind_a_network_has_its_host_for_itself():
    (one,) = wrong(
        'static_site site { source = "ghcr.io/acme/site:1.0.0", expose { host = "www.acme.io", path = "/docs" } }', PROD
    )
    assert "for itself" in one.message


def test_a_site_takes_its_role_by_the_issuer_of_the_cluster_where_the_environment_says_so():
    irsa = PROD.replace("domain", 'identity = "irsa", account = "123456789012", domain')
    made = app(f"{SITE} }}\nsecret_store main {{ }}", irsa)
    annotation = made.get("ServiceAccount", "site")["metadata"]["annotations"]["eks.amazonaws.com/role-arn"]
    assert annotation.endswith(f"role/{made.resource('aws_iam_role', 'site_main')['name']}")
    subjects = {"site": "shop:site", "main": "external-secrets:external-secrets"}
    for name, subject in subjects.items():
        (trust,) = made.data("aws_iam_policy_document", f"{name}_trust")["statement"]
        assert trust["condition"][0]["values"] == [f"system:serviceaccount:{subject}"]
    assert "aws_eks_pod_identity_association" not in made.terraform()["resource"]
