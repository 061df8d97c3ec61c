"""What happens to an order: what was bought, and each event of its life with the documents it leaves.

An order is drawn alone, from the seed and its number, and is never kept: whoever needs it draws it again. All amounts
are whole cents, in the order's and in the base currency side by side. Magento's rules: a price is converted and rounded
once; rows, discounts and taxes are worked out per line in each currency for itself, and each is rounded half up.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from operator import add, sub
from typing import NamedTuple

from sandbox.catalog import DYNAMIC, FIXED, Catalog, Product
from sandbox.draw import ORDERS, chance, half_up
from sandbox.people import People, guest_mark
from sandbox.rates import SCALE, Rates
from sandbox.shops import Shop
from sandbox.times import DAY, END, HOUR

ITEMS_PER_ORDER = 64
"""Numbers kept free for the items of an order, so that its number tells theirs."""
DOCUMENTS_PER_ORDER = 4
EVENTS_PER_ORDER = 32
LEVIED = 7
"""Products whose number is a multiple of it bear the shop's levy."""
MONDAY = 4
"""What days that are Mondays leave, counted from 1970 and divided by seven."""
IMPORT_AT = 3 * HOUR + 15 * 60
"""Each Monday the carrier's file marks orders as delivered, all in this second of the day (UTC)."""

PLACED, INVOICED, SHIPPED, DELIVERED = "placed", "invoiced", "shipped", "delivered"
REFUNDED, CANCELED, REST_CANCELED, COMMENTED = "refunded", "canceled", "rest_canceled", "commented"


class Amounts(NamedTuple):
    """What a line carries, in cents: row total without tax, discount, tax; then the same in the base currency.

    The discount is net. Where prices include tax, documents tell it with the tax that it holds (`held`). A levy is a
    fixed sum a unit, beside the tax.
    """

    row: int
    discount: int
    tax: int
    base_row: int
    base_discount: int
    base_tax: int
    held: int = 0
    base_held: int = 0
    levy: int = 0
    base_levy: int = 0

    @property
    def off(self) -> int:
        """The discount as documents tell it."""
        return self.discount + self.held

    @property
    def base_off(self) -> int:
        """The same in the base currency."""
        return self.base_discount + self.base_held

    @property
    def taxes(self) -> int:
        """Tax and levy."""
        return self.tax + self.levy

    @property
    def base_taxes(self) -> int:
        """The same in the base currency."""
        return self.base_tax + self.base_levy

    def plus(self, other: "Amounts") -> "Amounts":
        """The sum of both."""
        return Amounts(*map(add, self, other))

    def minus(self, other: "Amounts") -> "Amounts":
        """The difference of both."""
        return Amounts(*map(sub, self, other))


NOTHING = Amounts(0, 0, 0, 0, 0, 0)


class Pair(NamedTuple):
    """Cents in the order's and in the base currency."""

    order: int
    base: int


ZERO = Pair(0, 0)


@dataclass(slots=True)
class Item:
    """A row of `items`. `is_sold` marks the rows that carry the money: each sold unit is in exactly one of them."""

    item_id: int
    product: Product
    kind: str
    sku: str
    name: str
    quantity: int
    price: Pair
    original: Pair
    tax: int
    percent: int
    amounts: Amounts
    is_sold: bool
    parent: "Item | None" = None
    repeats_price: bool = False
    options: list["Item"] = field(default_factory=list)


class Part(NamedTuple):
    """Units of an item in a document, and what they carry there."""

    item: Item
    quantity: int
    amounts: Amounts


@dataclass(slots=True)
class Document:
    """An invoice, a shipment or a credit memo. `more` and `less` are a credit memo's adjustments."""

    number: int
    document_id: int
    moment: int
    parts: list[Part]
    shipping: Pair = ZERO
    shipping_tax: Pair = ZERO
    shipping_discount: Pair = ZERO
    shipping_held: Pair = ZERO
    more: Pair = ZERO
    less: Pair = ZERO

    @property
    def shipping_off(self) -> Pair:
        """The discount on the shipping as documents tell it."""
        return _sum(self.shipping_discount, self.shipping_held)

    def lines(self) -> Amounts:
        """The sum over its parts."""
        return Amounts(*map(sum, zip(*(part.amounts for part in self.parts), strict=True))) if self.parts else NOTHING

    def total(self) -> Pair:
        """What is to be paid, or given back."""
        lines = self.lines()
        return Pair(
            lines.row
            - lines.discount
            + lines.taxes
            + self.shipping.order
            - self.shipping_discount.order
            + self.shipping_tax.order
            + self.more.order
            - self.less.order,
            lines.base_row
            - lines.base_discount
            + lines.base_taxes
            + self.shipping.base
            - self.shipping_discount.base
            + self.shipping_tax.base
            + self.more.base
            - self.less.base,
        )


@dataclass(slots=True)
class Event:
    """Something that happened to an order, and what its state is from then on."""

    moment: int
    kind: str
    document: Document | None = None
    state: str = ""
    status: str = ""
    comment: str | None = None
    is_recorded: bool = True


@dataclass(slots=True)
class Order:
    """An order with its whole life."""

    shop: Shop
    number: int
    moment: int
    store_id: int
    customer_id: int | None
    mark: int
    address: int
    country: str
    rate: int
    global_rate: int
    coupon: str | None
    method: str
    items: list[Item]
    shipping: Pair
    shipping_tax: Pair
    shipping_discount: Pair
    shipping_held: Pair
    events: list[Event]

    @property
    def shipping_off(self) -> Pair:
        """The discount on the shipping as documents tell it."""
        return _sum(self.shipping_discount, self.shipping_held)

    @property
    def order_id(self) -> int:
        """Its `entity_id`."""
        return self.number + 1

    @property
    def increment_id(self) -> str:
        """The number that its customer sees."""
        return f"{0 if self.store_id == 1 else self.store_id}{self.order_id:08d}"

    @property
    def sold(self) -> Iterator[Item]:
        """The items that carry money."""
        return (item for item in self.items if item.is_sold)

    def lines(self) -> Amounts:
        """The sum over what was sold."""
        return Amounts(*map(sum, zip(*(item.amounts for item in self.sold), strict=True)))

    def total(self) -> Pair:
        """What it cost."""
        return Document(0, 0, 0, [Part(i, i.quantity, i.amounts) for i in self.sold], **self._shipping()).total()

    def _shipping(self) -> dict[str, Pair]:
        return {
            "shipping": self.shipping,
            "shipping_tax": self.shipping_tax,
            "shipping_discount": self.shipping_discount,
        }


def part_of(total: Amounts, taken: Amounts, quantity: int, done: int, of: int) -> Amounts:
    """What `quantity` of `of` units carry; the last ones carry what is left, so that parts add up to the whole."""
    if quantity == of:
        return total
    left = total.minus(taken)
    if done + quantity == of:
        return left
    return Amounts(*(min(rest, half_up(amount * quantity, of)) for amount, rest in zip(total, left, strict=True)))


class Writer:
    """Draws the orders of one installation."""

    def __init__(self, seed: int, shop: Shop, catalog: Catalog, people: People, rates: Rates, times: list[int]) -> None:
        """All that an order depends on but its number."""
        self.seed, self.shop, self.times = seed, shop, times
        self._catalog, self._people, self._rates = catalog, people, rates

    def order(self, number: int) -> Order:
        """The order of that number, from 0; the same whenever it is asked for."""
        random = chance(self.seed, ORDERS, self.shop.number, number).random
        shop, moment = self.shop, self.times[number]
        rate, global_rate = self._rates.at(moment)
        customer_id, mark, address = None, guest_mark(shop, number), 1
        store_id = shop.views[0].store_id if random() < 0.8 else shop.views[-1].store_id
        known = self._people.known_at(moment)
        if known and random() < 0.65:
            customer = self._people.customers[int(known * random() ** 2)]
            customer_id, mark = customer.customer_id, customer.mark
            address = customer.addresses[sum(since <= moment for since in customer.times) - 1]
        coupon = ("SPRING10", "WELCOME15", "LOYAL20")[int(random() * 3)] if random() < 0.15 else None
        items = self._items(random, number, moment, rate, int(coupon[-2:]) if coupon else 0)
        base_shipping = shop.shipping[int(random() * len(shop.shipping))]
        shipping = Pair(half_up(base_shipping * rate, SCALE), base_shipping)
        tax = shop.tax if shop.is_shipping_taxed else 0
        percent = int(coupon[-2:]) if coupon and random() < 0.6 else 0
        reduced = Pair(*(half_up(amount * percent, 100) for amount in shipping))
        order = Order(
            shop=shop,
            number=number,
            moment=moment,
            store_id=store_id,
            customer_id=customer_id,
            mark=mark,
            address=address,
            country=shop.country if random() < 0.88 else shop.neighbours[int(random() * len(shop.neighbours))],
            rate=rate,
            global_rate=global_rate,
            coupon=coupon,
            method=("checkmo", "banktransfer", "free_card")[int(random() * 3)],
            items=items,
            shipping=shipping,
            shipping_tax=Pair(
                *(half_up((whole - off) * tax, 100_000) for whole, off in zip(shipping, reduced, strict=True))
            ),
            shipping_discount=reduced,
            shipping_held=Pair(*(half_up(off * tax, 100_000) * shop.has_tax_in_prices for off in reduced)),
            events=[],
        )
        _Life(order, random).live()
        return order

    def _items(self, random: Callable[[], float], number: int, moment: int, rate: int, coupon: int) -> list[Item]:
        items: list[Item] = []
        is_exempt = random() < 0.02

        def pick(products: list[Product]) -> Product:
            while True:
                found = products[int(len(products) * random() ** 1.7)]
                if found.created_at <= moment:
                    return found

        def add_item(
            product: Product, quantity: int, parent: Item | None, *, sku: str = "", is_sold: bool, base_price: int
        ) -> Item:
            version = product.version_at(moment)
            base_original = product.prices[version] if product.kind != DYNAMIC else base_price
            price = Pair(half_up(base_price * rate, SCALE), base_price)
            percent = 0
            if is_sold:
                draw = random()
                percent = coupon + (5 + int(draw * 1000) % 26 if draw < 0.08 else 0) if draw < 0.995 else 100
            tax = 0 if is_exempt else self.shop.reduced_tax if product.is_reduced else self.shop.tax
            row, base_row = price.order * quantity, base_price * quantity
            off, base_off = half_up(row * percent, 100), half_up(base_row * percent, 100)
            holds = tax * self.shop.has_tax_in_prices
            base_levy = self.shop.levy * (product.product_id % LEVIED == 0)
            levy = half_up(base_levy * rate, SCALE)
            item = Item(
                item_id=number * ITEMS_PER_ORDER + len(items) + 1,
                product=product,
                kind="bundle" if product.kind in (FIXED, DYNAMIC) else product.kind,
                sku=sku or product.sku,
                name=product.names[version],
                quantity=quantity,
                price=price,
                original=Pair(half_up(base_original * rate, SCALE), base_original),
                tax=tax,
                percent=percent,
                amounts=Amounts(
                    row,
                    off,
                    half_up((row - off) * tax, 100_000),
                    base_row,
                    base_off,
                    half_up((base_row - base_off) * tax, 100_000),
                    half_up(off * holds, 100_000),
                    half_up(base_off * holds, 100_000),
                    levy * quantity,
                    base_levy * quantity,
                )
                if is_sold
                else NOTHING,
                is_sold=is_sold,
                parent=parent,
            )
            items.append(item)
            if parent:
                parent.options.append(item)
            return item

        def price_of(product: Product) -> int:
            price = product.prices[product.version_at(moment)]
            return price if random() > 0.1 else max(1, price * 9 // 10)

        for _ in range(1 + (random() < 0.5) + (random() < 0.25) + (random() < 0.12)):
            draw = random()
            quantity = 1 + (random() < 0.25) + (int(random() * 4) if random() < 0.1 else 0)
            if draw < 0.55:
                product = pick(self._catalog.singles)
                add_item(product, quantity, None, is_sold=True, base_price=price_of(product))
            elif draw < 0.83:
                product = pick(self._catalog.configurables)
                child = product.parts[int(random() * len(product.parts))][0]
                base_price = price_of(child)
                parent = add_item(product, quantity, None, sku=child.sku, is_sold=True, base_price=base_price)
                parent.original = Pair(half_up(base_price * rate, SCALE), base_price)
                repeats = number % 5 == 0
                inner = add_item(child, quantity, parent, is_sold=False, base_price=base_price if repeats else 0)
                inner.repeats_price = repeats
            elif draw < 0.915:
                product = pick(self._catalog.bundles[FIXED])
                parent = add_item(product, quantity, None, is_sold=True, base_price=price_of(product))
                for child, each in product.parts:
                    add_item(child, quantity * each, parent, is_sold=False, base_price=0)
            else:
                product = pick(self._catalog.bundles[DYNAMIC])
                parts = [(child, each, price_of(child)) for child, each in product.parts]
                sku = "-".join([product.sku, *(child.sku for child, _, _ in parts)])
                parent = add_item(product, quantity, None, sku=sku, is_sold=False, base_price=0)
                for child, each, base_price in parts:
                    add_item(child, quantity * each, parent, is_sold=True, base_price=base_price)
                self._sum_up(parent)
        return items

    @staticmethod
    def _sum_up(bundle: Item) -> None:
        """A bundle of dynamic price shows the sum of its children; discounts are told by the children alone."""
        lines = Amounts(*map(sum, zip(*(child.amounts for child in bundle.options), strict=True)))
        bundle.amounts = lines._replace(discount=0, base_discount=0, held=0, base_held=0, levy=0, base_levy=0)
        bundle.price = Pair(lines.row // bundle.quantity, lines.base_row // bundle.quantity)
        bundle.original = bundle.price


class _Life:
    """Draws what happens to an order, in the order of time, until the end of the data."""

    def __init__(self, order: Order, random: Callable[[], float]) -> None:
        self._order, self._random = order, random
        self._sold = list(order.sold)
        self._invoiced: dict[int, tuple[int, Amounts]] = {item.item_id: (0, NOTHING) for item in self._sold}
        self._refunded = dict(self._invoiced)
        self._shipped = {item.item_id: 0 for item in self._sold}
        self._kept = {item.item_id: item.quantity for item in self._sold}
        self._documents = {INVOICED: 0, SHIPPED: 0, REFUNDED: 0}
        self._paid = self._given_back = ZERO
        self._is_shipping_back = False
        self._state, self._status = "new", "pending"

    def live(self) -> None:
        """Fill in the order's events."""
        random, moment = self._random, self._order.moment
        self._happen(moment, PLACED)
        comment = moment + (14 + int(random() * 56)) * DAY + int(random() * DAY) if random() < 0.08 else END + 1
        fate = random()
        if fate < 0.06:
            self._happen(moment + HOUR + int(random() * 5 * DAY), CANCELED, comment="Canceled by customer request.")
        elif fate > 0.1:
            self._pay_and_ship(moment)
        self._add_comment(comment)

    def _pay_and_ship(self, moment: int) -> None:
        random = self._random
        is_online = random() < 0.55
        paid = moment + (int(random() * 120) if is_online else HOUR + int(random() * 3 * DAY))
        units = sum(item.quantity for item in self._sold)
        is_split = units > 1 and random() < 0.1
        first = self._some(0.5) if is_split else dict(self._kept)
        if not self._invoice(paid, first, is_recorded=not is_online):
            return
        fate = random()
        if fate < 0.03:
            self._refund(paid + DAY + int(random() * 10 * DAY), 1.0)
            return
        if fate < 0.05:
            return
        shipped = paid + 4 * HOUR + int(random() * 6 * DAY)
        if is_split:
            if not self._ship(shipped, first):
                return
            later = shipped + DAY + int(random() * 9 * DAY)
            rest = {key: quantity - first.get(key, 0) for key, quantity in self._kept.items()}
            if random() < 0.3:
                if not self._cancel_rest(later, first):
                    return
                shipped = later
            else:
                if not (self._invoice(later, rest, is_recorded=True) and self._ship(later + 60, rest)):
                    return
                shipped = later + 60
        elif units > 1 and random() < 0.2:
            part = self._some(0.5)
            if not self._ship(shipped, part):
                return
            shipped += DAY + int(random() * 9 * DAY)
            if not self._ship(shipped, {key: quantity - part.get(key, 0) for key, quantity in self._kept.items()}):
                return
        elif not self._ship(shipped, dict(self._kept)):
            return
        if random() < 0.7:
            day = shipped // DAY + 2 + int(random() * 5)
            delivered = (day + (MONDAY - day) % 7) * DAY + IMPORT_AT
            if not self._happen(delivered, DELIVERED):
                return
            shipped = delivered
        if random() < 0.14:
            moment = shipped + DAY + int(random() * 45 * DAY)
            draw = random()
            if self._refund(moment, 1.0 if draw < 0.25 else 0.5 if draw < 0.8 else 0.0) and random() < 0.25:
                self._refund(moment + DAY + int(random() * 30 * DAY), 0.6 if random() < 0.7 else 1.0)

    def _happen(
        self,
        moment: int,
        kind: str,
        document: Document | None = None,
        comment: str | None = None,
        is_recorded: bool = True,
    ) -> bool:
        """Add an event and what follows from it; False where it would lie behind the end of the data."""
        if moment > END:
            return False
        if kind == CANCELED:
            self._state = self._status = "canceled"
        elif kind == DELIVERED:
            self._status = "delivered"
        elif kind == REFUNDED and self._given_back.order >= self._paid.order:
            self._state = self._status = "closed"
        elif kind in (INVOICED, SHIPPED, REST_CANCELED):
            is_done = self._shipped == self._kept and all(
                self._invoiced[key][0] == quantity for key, quantity in self._kept.items()
            )
            self._state = self._status = "complete" if is_done else "processing"
        event = Event(moment, kind, document, self._state, self._status, comment, is_recorded)
        self._order.events.append(event)
        return True

    def _add_comment(self, moment: int) -> None:
        if moment > END:
            return
        events = self._order.events
        at = sum(event.moment <= moment for event in events)
        before = events[at - 1]
        events.insert(at, Event(moment, COMMENTED, None, before.state, before.status, "Customer called again."))

    def _some(self, share: float) -> dict[int, int]:
        """At least one unit of what was bought, and not all of it."""
        chosen = {item.item_id: int(item.quantity * share + self._random() * 0.99) for item in self._sold}
        units = sum(item.quantity for item in self._sold)
        if sum(chosen.values()) >= units:
            key = next(key for key, quantity in chosen.items() if quantity)
            chosen[key] -= 1
        if not any(chosen.values()):
            chosen[self._sold[0].item_id] = 1
        return {key: quantity for key, quantity in chosen.items() if quantity}

    def _next(self, kind: str) -> tuple[int, int]:
        """(number among its kind, id) of the next document."""
        number = self._documents[kind]
        return number, self._order.number * DOCUMENTS_PER_ORDER + number + 1

    def _keep(self, kind: str) -> None:
        self._documents[kind] += 1

    def _with_others(self, parts: list[Part]) -> list[Part]:
        """Magento lists the rows without money, too: a child beside its parent, a bundle beside its children."""
        chosen = {part.item.item_id: part for part in parts}
        found = []
        for item in self._order.items:
            if item.item_id in chosen:
                found.append(chosen[item.item_id])
            elif item.parent and item.parent.item_id in chosen:
                units = chosen[item.parent.item_id].quantity
                found.append(Part(item, units * item.quantity // item.parent.quantity, NOTHING))
            elif not item.is_sold and (inner := [child for child in item.options if child.item_id in chosen]):
                units = max(chosen[child.item_id].quantity * item.quantity // child.quantity for child in inner)
                found.append(Part(item, max(1, units), NOTHING))
        return found

    def _parts(
        self, chosen: dict[int, int], done: dict[int, tuple[int, Amounts]], of: list[tuple[Item, int, Amounts]]
    ) -> list[Part]:
        """The chosen units with what they carry, out of what is given of each item; `done` is moved on."""
        parts = []
        for item, quantity, amounts in of:
            if units := chosen.get(item.item_id, 0):
                before, taken = done[item.item_id]
                carried = part_of(amounts, taken, units, before, quantity)
                done[item.item_id] = (before + units, taken.plus(carried))
                parts.append(Part(item, units, carried))
        return self._with_others(parts)

    def _invoice(self, moment: int, chosen: dict[int, int], *, is_recorded: bool) -> bool:
        if moment > END:
            return False
        order = self._order
        number, key = self._next(INVOICED)
        parts = self._parts(chosen, self._invoiced, [(item, item.quantity, item.amounts) for item in self._sold])
        invoice = Document(number, key, moment, parts)
        if number == 0:
            invoice.shipping = order.shipping
            invoice.shipping_tax = order.shipping_tax
            invoice.shipping_discount = order.shipping_discount
            invoice.shipping_held = order.shipping_held
        self._keep(INVOICED)
        self._paid = _sum(self._paid, invoice.total())
        return self._happen(moment, INVOICED, invoice, "Captured.", is_recorded)

    def _ship(self, moment: int, chosen: dict[int, int]) -> bool:
        if moment > END:
            return False
        number, key = self._next(SHIPPED)
        parts = [Part(item, chosen[item.item_id], NOTHING) for item in self._sold if chosen.get(item.item_id)]
        for part in parts:
            self._shipped[part.item.item_id] += part.quantity
        self._keep(SHIPPED)
        return self._happen(moment, SHIPPED, Document(number, key, moment, self._with_others(parts)))

    def _cancel_rest(self, moment: int, kept: dict[int, int]) -> bool:
        if moment > END:
            return False
        self._kept = {key: kept.get(key, 0) for key in self._kept}
        return self._happen(moment, REST_CANCELED, comment="The rest is not available.")

    def _refund(self, moment: int, share: float) -> bool:
        """Give back all that is left (1), some units (between), or only an amount of goodwill (0)."""
        if moment > END:
            return False
        order, random = self._order, self._random
        left = {key: quantity - self._refunded[key][0] for key, (quantity, _) in self._invoiced.items()}
        if share == 1:
            chosen = left
        else:
            chosen = {key: int(quantity * share * 2 * random() + 0.3) if share else 0 for key, quantity in left.items()}
            chosen = {key: min(quantity, left[key]) for key, quantity in chosen.items()}
        number, key = self._next(REFUNDED)
        invoiced = [(item, *self._invoiced[item.item_id]) for item in self._sold]
        memo = Document(number, key, moment, self._parts(chosen, self._refunded, invoiced))
        if not self._is_shipping_back and (share == 1 or random() < 0.15):
            memo.shipping, memo.shipping_tax = order.shipping, order.shipping_tax
            memo.shipping_discount, memo.shipping_held = order.shipping_discount, order.shipping_held
            self._is_shipping_back = True
        if share < 1 and (not memo.parts or random() < 0.35):
            self._adjust(memo)
        self._hold_back(memo)
        total = memo.total()
        if total.order <= 0 or total.base <= 0:
            for part in memo.parts:
                if part.item.is_sold:
                    before, taken = self._refunded[part.item.item_id]
                    self._refunded[part.item.item_id] = (before - part.quantity, taken.minus(part.amounts))
            return False
        self._keep(REFUNDED)
        self._given_back = _sum(self._given_back, total)
        return self._happen(moment, REFUNDED, memo, "Refunded.")

    def _adjust(self, memo: Document) -> None:
        """A goodwill on top, or a fee for handling: entered in the base currency, and never beyond what was paid."""
        room = (self._paid.order - self._given_back.order - memo.total().order) // 2
        base = 100 + int(self._random() * 900)
        amount = Pair(half_up(base * self._order.rate, SCALE), base)
        if memo.parts and self._random() < 0.5:
            if amount.order < memo.total().order // 2:
                memo.less = amount
        elif amount.order <= room:
            memo.more = amount

    def _hold_back(self, memo: Document) -> None:
        """No more goes back than was paid: where goodwill went before, the last refund is less by it."""
        total = memo.total()
        memo.less = Pair(
            memo.less.order + max(0, self._given_back.order + total.order - self._paid.order),
            memo.less.base + max(0, self._given_back.base + total.base - self._paid.base),
        )


def _sum(one: Pair, other: Pair) -> Pair:
    return Pair(one.order + other.order, one.base + other.base)
