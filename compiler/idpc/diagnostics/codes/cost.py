"""Codes of stage 6: cost."""

from idpc.diagnostics.model import Code, Severity

NOT_LOOKED_UP = Code("IDP6001", "something depends on a price that is not looked up yet")
NO_PRICES_HERE = Code("IDP6002", "nothing in a region has a price", Severity.WARNING)
NO_SUCH_PRICE = Code("IDP6003", "a price that no price list has", Severity.WARNING)
OVER_BUDGET = Code("IDP6004", "a budget is exceeded")
MAY_EXCEED = Code("IDP6005", "a budget may be exceeded", Severity.WARNING)
NEAR_LIMIT = Code("IDP6006", "a budget is nearly used up", Severity.WARNING)
TOO_MUCH_MORE = Code("IDP6007", "a change raises the cost by too much")
BAD_PRICE_TABLE = Code("IDP6008", "a price table that cannot be read")
OVER_CARBON_BUDGET = Code("IDP6021", "a carbon budget is exceeded")
MAY_EXCEED_CARBON = Code("IDP6022", "a carbon budget may be exceeded", Severity.WARNING)
NEAR_CARBON_LIMIT = Code("IDP6023", "a carbon budget is nearly used up", Severity.WARNING)
TOO_MUCH_MORE_CARBON = Code("IDP6024", "a change raises the emissions by too much")
NO_CARBON_FACTORS = Code("IDP6025", "nobody says what the grid of a region emits", Severity.WARNING)
BAD_MEASUREMENTS = Code("IDP6041", "measurements that cannot be read")
UNKNOWN_MEASUREMENT = Code("IDP6042", "a measurement of what is not there")
