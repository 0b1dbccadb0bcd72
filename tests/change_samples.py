"""A project to change: an app with a database, a cache, a queue and a bucket, in three environments."""

PROJECT = """project acme { language = "2026.1" }

team payments { owner = "payments@acme.io", on_call = "pagerduty:PAY01" }

environment dev { cloud = "kubernetes", domain = "dev.acme.io" }
environment staging { cloud = "aws", region = "eu-west-1", domain = "staging.acme.io" }
environment prod { cloud = "aws", region = "eu-west-1", domain = "acme.io" }
"""
SHOP = """app shop {
  team = payments

  postgres orders {
    version = "16"
    storage = 20Gi
    in prod {
      size = "large"
      storage = 200Gi
      backup { keep = 35d }
    }
  }

  redis sessions { memory = 1Gi }

  queue invoices { }

  bucket receipts { }

  service checkout {
    image = "ghcr.io/acme/checkout:1.4.2"
    tier = "critical"
    port = 8080
    cpu = 250m
    memory = 256Mi..512Mi
    replicas = 2..10
    health { path = "/healthz" }
    env {
      DATABASE_URL = orders.url
      CACHE_URL = sessions.url
      QUEUE = invoices.url
      STRIPE_KEY = secret("payments/stripe-key")
      LOG_LEVEL = match environment { dev => "debug", _ => "info" }
    }
    uses invoices { access = "write" }
    uses receipts { access = "write" }
    expose { host = "shop.${environment.domain}" }
    metrics { port = 9090 }
    in staging, prod { env { FEATURE_RISK_CHECKS = "on" } }
  }

  worker invoicer {
    image = "ghcr.io/acme/invoicer:0.9.0"
    memory = 512Mi
    replicas = 1..5
    scale_on { queue { of = invoices, depth = 50 } }
    env {
      QUEUE = invoices.url
      BUCKET = receipts.name
    }
    uses invoices { access = "read" }
  }

  cron_job settlement {
    image = checkout.image
    schedule = "0 2 * * *"
    command = ["settle"]
    env { DATABASE_URL = orders.url }
    uses orders { access = "read" }
  }

  job smoke {
    image = "ghcr.io/acme/smoke:2.0.0"
    run = "manual"
    env { TARGET = checkout.url }
  }
}
"""
FILES = {"project.platform": PROJECT, "shop.platform": SHOP}
