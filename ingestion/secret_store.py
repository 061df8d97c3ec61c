"""Secrets by name: variables in dev, AWS Secrets Manager in prod. A value never stands in an error."""

import json
from collections.abc import Mapping

from ingestion import aws
from ingestion.environment import Environment
from ingestion.errors import StorelakeError


def read(environment: Environment, name: str) -> Mapping[str, str]:
    """The fields of the secret `name`, a JSON object of texts."""
    text = _from_secrets_manager(name) if environment.name == "prod" else environment.variables.get(name)
    if not text:
        place = "Secrets Manager has no secret" if environment.name == "prod" else "there is no environment variable"
        raise StorelakeError(f"The secret '{name}' is missing: {place} of that name.")
    try:
        fields = json.loads(text)
    except ValueError:
        fields = None
    if not isinstance(fields, dict) or not all(isinstance(value, str) and value for value in fields.values()):
        # The parser's own error would quote what it read.
        raise StorelakeError(f"The secret '{name}' is no JSON object of texts that are not empty.") from None
    return fields


def _from_secrets_manager(name: str) -> str | None:
    from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415

    try:
        answer: dict[str, str] = aws.client("secretsmanager").get_secret_value(SecretId=name)
        return answer.get("SecretString")
    except (BotoCoreError, ClientError) as error:
        raise StorelakeError(
            f"The secret '{name}' could not be read from Secrets Manager: {type(error).__name__}."
        ) from None
