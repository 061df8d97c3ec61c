"""AWS's services as boto3 calls them, all with the same patience."""

from typing import Any

ATTEMPTS = 10
"""How often a call is made that is throttled or gets no answer, with growing pauses."""


def client(service: str) -> Any:
    """boto3's client for a service; several threads may use it."""
    import boto3  # noqa: PLC0415 (half a second that a lake on disk need not wait for)
    from botocore.config import Config  # noqa: PLC0415

    # Its stubs want each service's name written out.
    name: Any = service
    return boto3.client(name, config=Config(retries={"mode": "standard", "max_attempts": ATTEMPTS}))
