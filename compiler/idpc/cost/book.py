"""The prices that hold for a project: those of the lists, corrected by `project { prices { } }`."""

from collections.abc import Mapping
from decimal import Decimal
from functools import cached_property

from idpc.cost.model import Price
from idpc.cost.tables import Rows, indices, listed, price_in
from idpc.values import Quantity, Value

Key = tuple[str, str, str]


class Book:
    """Prices by name, sku and region; each is looked up once. `own` are a project's rows, by provider."""

    def __init__(self, settings: Mapping[str, Value], own: Mapping[str, Rows]) -> None:
        self.settings, self.own = settings, own
        self.known: dict[Key, Price | None] = {}

    def price(self, name: str, sku: str, region: str) -> Price | None:
        """The price of something in a region, None where no list has it. Names begin with the provider: `aws/rds/postgres`."""
        key = (name, sku, region)
        if key not in self.known:
            self.known[key] = self._price(name, sku, region)
        return self.known[key]

    def _price(self, name: str, sku: str, region: str) -> Price | None:
        provider, _, service = name.partition("/")
        own = self.own.get(provider, {}).get((service, sku), {})
        found = price_in(region, own, provider) if own else None
        if found is None:
            found = price_in(region, listed(provider).get((service, sku), {}), provider)
        return found and self._discounted(found, name)

    def has(self, name: str, sku: str) -> bool:
        """Whether any list has it, in any region."""
        provider, _, service = name.partition("/")
        return (service, sku) in self.own.get(provider, {}) or (service, sku) in listed(provider)

    def knows(self, name: str, region: str) -> bool:
        """Whether a provider's prices in a region are known, or there are no regions in its list."""
        provider = name.partition("/")[0]
        known = indices(provider)
        return not known or region in known or any(region in each for each in self.own.get(provider, {}).values())

    def _discounted(self, found: Price, name: str) -> Price:
        share = next((off for service, off in self._discounts if f"{name}/".startswith(f"{service}/")), self._flat)
        if not share:
            return found
        tiers = tuple(tier._replace(usd=tier.usd * (100 - share) / 100) for tier in found.tiers)
        return found._replace(tiers=tiers, source=f"{found.source}, {share.normalize():f}% off")

    @cached_property
    def _flat(self) -> Decimal:
        flat = self.settings.get("discount")
        return Decimal(flat.amount) if isinstance(flat, Quantity) else Decimal(0)

    @cached_property
    def _discounts(self) -> list[tuple[str, Decimal]]:
        """The discounts of services, the longest name first."""
        given = self.settings.get("services")
        of = given.items() if isinstance(given, dict) else ()
        shares = [(name, Decimal(share.amount)) for name, share in of if isinstance(share, Quantity)]
        return sorted(shares, key=lambda each: (-len(each[0]), each[0]))
