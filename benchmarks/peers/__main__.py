"""`python -m benchmarks.peers NAME DROP RATES OUT`: run one peer, and print its totals as the last line."""

import importlib
import json
import sys
from pathlib import Path


def main() -> None:
    """Run the peer that the command line names."""
    name, *places = sys.argv[1:]
    peer = importlib.import_module(f"benchmarks.peers.{name}")
    drop, rates, out = (Path(place).resolve() for place in places)
    out.mkdir(parents=True, exist_ok=True)
    print(json.dumps(peer.build(drop, rates, out)))


if __name__ == "__main__":
    main()
