"""Errors that a person is meant to read: each says what is wrong and what to do, and holds no personal value."""

import errno

_CREDENTIALS = (
    "ExpiredToken",
    "ExpiredTokenException",
    "InvalidAccessKeyId",
    "InvalidToken",
    "SignatureDoesNotMatch",
    "RequestExpired",
    "UnrecognizedClientException",
)
_THROTTLED = ("ThrottlingException", "TooManyRequestsException", "RequestLimitExceeded")


class StorelakeError(Exception):
    """A mistake or a fault that needs no stack trace; its text is the whole message."""


class Overtaken(StorelakeError):
    """Another run landed the same source and entity meanwhile: the pull must start again."""


class Damaged(StorelakeError):
    """A part of the lake is missing or cannot be read: nothing is taken for empty, and nothing was changed."""


class Refused(Exception):
    """An item (a file, a page) that cannot be read as a whole.

    `rule` is a short name, `reason` a sentence without values, `line` 1-based where one is known.
    """

    def __init__(self, rule: str, reason: str, *, line: int | None = None, field: str | None = None) -> None:
        super().__init__(reason)
        self.rule = rule
        self.reason = reason
        self.line = line
        self.field = field


def explain(error: BaseException) -> str:
    """One line about any error, safe for the ledger and the screen: no values of records, no stack."""
    root = _first_cause(error)
    if isinstance(root, StorelakeError):
        return str(root)
    if is_disk_full(root):
        return "The disk is full: what was not finished does not count. Free some space and run the same command again."
    if isinstance(root, PermissionError):
        return f"No permission for {root.filename or 'a file of the lake'}: what was not finished does not count."
    if _is_read_only(root):
        return "The lake's file system is read-only: what was not finished does not count."
    return said_by_aws(str(root)) or f"{type(root).__name__} at {_place(root)}"


def _first_cause(error: BaseException) -> BaseException:
    """Where a chain of errors began, or the first of ours on the way."""
    seen: set[int] = set()
    while id(error) not in seen and not isinstance(error, StorelakeError):
        seen.add(id(error))
        before = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
        if before is None:
            break
        error = before
    return error


def said_by_aws(text: str) -> str | None:
    """One line for what AWS said in an error, whoever asked it; None where this is none of its errors."""
    if any(code in text for code in _CREDENTIALS):
        return "AWS does not accept the credentials: they are expired or wrong. Renew them and run the same again."
    if "SlowDown" in text or "Please reduce your request rate" in text:
        return "S3 asked to slow down ten times in a row: run the same command again later."
    if any(code in text for code in _THROTTLED):
        return "AWS asked to slow down ten times in a row: run the same command again later."
    if "AccessDenied" in text or "AccessDeniedException" in text:
        return "AWS does not allow this role to do that: docs/operations.md lists what the lake's role must be allowed."
    if "NoSuchBucket" in text:
        return "There is no such bucket: make it, or name another one in STORELAKE_LAKE."
    return None


def is_disk_full(error: BaseException) -> bool:
    """True where the operating system, DuckDB or Delta says that no space is left."""
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        return True
    text = str(error)
    return "No space left on device" in text or "os error 28" in text


def _is_read_only(error: BaseException) -> bool:
    return (isinstance(error, OSError) and error.errno == errno.EROFS) or "Read-only file system" in str(error)


def _place(error: BaseException) -> str:
    trace = error.__traceback__
    if trace is None:
        return "an unknown place"
    while trace.tb_next is not None:
        trace = trace.tb_next
    code = trace.tb_frame.f_code
    return f"{code.co_filename.rsplit('/', 1)[-1]}:{trace.tb_lineno}"
