"""What goes wrong, as Athena says it."""

from dataclasses import dataclass


class Invalid(Exception):
    """A request that Athena would not take: `InvalidRequestException`, status 400."""


class Refused(Exception):
    """A statement that Athena, or this front, does not do: the execution fails with this text."""

    is_ddl = False


@dataclass(frozen=True)
class Failure:
    """Why an execution failed, in the shape of `AthenaError`."""

    reason: str
    category: int
    """1 is the service's fault, 2 the user's, 3 another's."""
    kind: int
    is_retryable: bool = False

    def as_json(self) -> dict[str, object]:
        """The structure of the API."""
        return {
            "ErrorCategory": self.category,
            "ErrorType": self.kind,
            "Retryable": self.is_retryable,
            "ErrorMessage": self.reason,
        }


# Numbers of Athena's error catalogue (docs.aws.amazon.com/athena/latest/ug/error-reference.html).
_RESOURCES, _INTERNAL, _ENGINE, _ICEBERG, _USER, _DDL = 0, 100, 200, 233, 1000, 1003


def of_trino(error: dict[str, object]) -> Failure:
    """Athena's account of an error of Trino: its name, a colon, its message."""
    name, kind = str(error.get("errorName", "")), error.get("errorType")
    reason = f"{name}: {error.get('message')}"
    if name.startswith("ICEBERG_"):
        return Failure(reason, 2 if kind == "USER_ERROR" else 1, _ICEBERG, name == "ICEBERG_COMMIT_ERROR")
    if kind == "USER_ERROR":
        return Failure(reason, 2, _USER)
    if kind == "INSUFFICIENT_RESOURCES":
        return Failure(reason, 2, _RESOURCES, True)
    return Failure(reason, 1, _ENGINE, True)


def of_refusal(error: Refused) -> Failure:
    """A statement that was not tried."""
    return Failure(str(error), 2, _DDL if error.is_ddl else _USER)


def of_fault(error: BaseException) -> Failure:
    """A fault of the front, or of what it stands on."""
    return Failure(f"INTERNAL_ERROR: {type(error).__name__}: {error}", 1, _INTERNAL, True)
