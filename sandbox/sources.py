"""What a pipeline needs to find the sandbox: the file of sources, and the secrets that it names."""

import json
from pathlib import Path

from sandbox.auth import secret
from sandbox.feeds import FEEDS
from sandbox.shops import SHOPS

SINCE = "2025-01-01"


def secrets(seed: int) -> dict[str, str]:
    """Name and value of each secret."""
    return {_name(shop.source): json.dumps(secret(seed, shop)) for shop in SHOPS}


def _name(source: str) -> str:
    return f"STORELAKE_SECRET_MAGENTO_{source.upper()}"


def write(path: Path, url: str) -> None:
    """Write the file of sources."""
    lines = []
    for shop in SHOPS:
        lines += [
            f"[magento.{shop.source}]",
            f'url = "{url}/magento/{shop.source}"',
            f'secret = "{_name(shop.source)}"',
            f'since = "{SINCE}"',
            "",
        ]
    for feed in FEEDS:
        lines += [f"[stock_feed.{feed}]", f'url = "{url}/feeds/{feed}.xml"', ""]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(lines), "utf-8")
