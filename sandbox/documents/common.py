"""What several documents have in common: numbers, currencies, marks."""

from typing import Any

from sandbox.orders import Amounts, Order
from sandbox.rates import SCALE
from sandbox.shops import GLOBAL_CURRENCY

Json = dict[str, Any]


def money(cents: int) -> int | float:
    """Cents as PHP writes a number: `12`, `12.5`, `12.34`."""
    return cents / 100 if cents % 100 else cents // 100


def percent(thousandths: int) -> int | float:
    """A tax as PHP writes a number."""
    return thousandths / 1000 if thousandths % 1000 else thousandths // 1000


def rate(parts: int) -> int | float:
    """A rate of currencies as PHP writes a number."""
    return parts / SCALE if parts % SCALE else parts // SCALE


def email(mark: int) -> str:
    """The address of the person of that mark."""
    return f"mark-{mark}@example.test"


def levies(amounts: Amounts) -> Json:
    """The fields of a row's levy, where it bears one. Magento cuts the last one's name."""
    if not amounts.levy and not amounts.base_levy:
        return {}
    return {
        "weee_tax_applied_row_amount": money(amounts.levy),
        "base_weee_tax_applied_row_amnt": money(amounts.base_levy),
    }


def currencies(order: Order) -> Json:
    """Codes and rates, the same on an order and on what follows it."""
    return {
        "base_currency_code": order.shop.base_currency,
        "base_to_global_rate": rate(order.global_rate),
        "base_to_order_rate": rate(order.rate),
        "global_currency_code": GLOBAL_CURRENCY,
        "order_currency_code": order.shop.order_currency,
        "store_currency_code": order.shop.base_currency,
        # As Magento has it: not what their names say.
        "store_to_base_rate": rate(order.global_rate),
        "store_to_order_rate": rate(order.rate),
    }
