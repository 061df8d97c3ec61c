"""An optional webhook that is told when a command fails."""

import html
from collections.abc import Mapping

from ingestion.environment import Environment
from storelake.terminal.printable import printable


def failed(environment: Environment, variables: Mapping[str, str], command: str, errors: list[str]) -> str | None:
    """Post a failure as JSON to `STORELAKE_WEBHOOK_URL`, if one is set; returns why that did not work, if it did not.

    The text field is what Slack and Teams show: what came from outside can neither link nor call anybody there. The
    address itself is a secret and is never repeated.
    """
    url = variables.get("STORELAKE_WEBHOOK_URL")
    if not url:
        return None
    import httpx  # noqa: PLC0415

    errors = [printable(error) for error in errors]
    body = {
        "text": html.escape(f"storelake {command} failed ({environment.name}): " + "; ".join(errors), quote=False),
        "command": command,
        "environment": environment.name,
        "errors": errors,
    }
    try:
        httpx.post(url, json=body, timeout=10).raise_for_status()
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        return f"the webhook could not be told ({type(error).__name__})"
    return None
