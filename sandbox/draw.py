"""Chance that repeats: every thing that is drawn has a generator of its own, made from the seed and its name.

So an order can be drawn again, alone and at any time, instead of being kept.
"""

from random import Random

CUSTOMERS, CATALOG, TIMES, STOCK, ORDERS, RATES, FAULTS, MEMBERSHIP = range(8)


def chance(seed: int, kind: int, *key: int) -> Random:
    """The generator of one thing."""
    number = seed * 16 + kind
    for part in key:
        number = (number << 40) + part
    return Random(number)


def half_up(numerator: int, denominator: int) -> int:
    """The quotient of two numbers that are not negative, rounded half up as PHP does."""
    return (2 * numerator + denominator) // (2 * denominator)
