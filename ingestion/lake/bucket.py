"""Objects in S3: the few calls that landing in a bucket makes, patient with throttling, plain about what is wrong."""

import contextlib
import functools
import os
import secrets
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from ingestion import aws
from ingestion.errors import StorelakeError, said_by_aws

SCHEME = "s3://"
_MISSING = ("404", "NoSuchKey", "NotFound")
_TAKEN = ("PreconditionFailed", "412", "ConditionalRequestConflict")
_DELETED_AT_ONCE = 1000


@dataclass(frozen=True)
class Held:
    """An object of a bucket."""

    uri: str
    size: int
    modified: datetime


def is_in_bucket(uri: str) -> bool:
    """Whether it names an object in S3, and not a file."""
    return uri.startswith(SCHEME)


def probe(lake: str) -> None:
    """Make sure that the bucket can be written to, and that it refuses to write what is there already.

    On that rests that of two commits with one number only one is made. Raises StorelakeError.
    """
    uri = f"{lake}/work/probe-{secrets.token_hex(8)}"
    bucket, key = _parts(uri)
    with _plainly(uri):
        _client().put_object(Bucket=bucket, Key=key, Body=b"", IfNoneMatch="*")
        try:
            _client().put_object(Bucket=bucket, Key=key, Body=b"", IfNoneMatch="*")
        except _client().exceptions.ClientError as error:
            if _code(error) not in _TAKEN:
                raise
            return
        finally:
            _client().delete_object(Bucket=bucket, Key=key)
    raise StorelakeError(
        f"{SCHEME}{bucket} writes over what is there although it is asked not to (If-None-Match): two runs at once "
        "could overwrite each other's commits there. Use a store with conditional writes, such as S3."
    )


def has(uri: str) -> bool:
    """Whether there is such an object."""
    bucket, key = _parts(uri)
    with _plainly(uri):
        try:
            _client().head_object(Bucket=bucket, Key=key)
        except _client().exceptions.ClientError as error:
            if _code(error) not in _MISSING:
                raise
            return False
    return True


def upload(path: Path, uri: str) -> None:
    """Write a file to the bucket; it is there as a whole, or not at all."""
    bucket, key = _parts(uri)
    with _plainly(uri):
        _client().upload_file(str(path), bucket, key)


def download(uri: str, path: Path) -> None:
    """Fetch an object; the file is there as a whole, or not at all."""
    bucket, key = _parts(uri)
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f"{path.name}.{secrets.token_hex(4)}.partial")
    try:
        with _plainly(uri):
            _client().download_file(bucket, key, str(partial))
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def objects(folder: str) -> Iterator[Held]:
    """All objects below a folder of a bucket."""
    bucket, prefix = _parts(f"{folder.rstrip('/')}/")
    with _plainly(folder):
        for page in _client().get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
            for one in page.get("Contents", ()):
                yield Held(f"{SCHEME}{bucket}/{one['Key']}", one["Size"], one["LastModified"])


def read(uri: str) -> bytes:
    """What an object holds. Raises StorelakeError, also where there is none."""
    bucket, key = _parts(uri)
    with _plainly(uri):
        content: bytes = _client().get_object(Bucket=bucket, Key=key)["Body"].read()
    return content


def write(uri: str, content: bytes) -> None:
    """Write an object, in the place of what may be there."""
    bucket, key = _parts(uri)
    with _plainly(uri):
        _client().put_object(Bucket=bucket, Key=key, Body=content)


def write_new(uri: str, content: bytes) -> bool:
    """Write an object that must not be there yet; False where it is."""
    bucket, key = _parts(uri)
    with _plainly(uri):
        try:
            _client().put_object(Bucket=bucket, Key=key, Body=content, IfNoneMatch="*")
        except _client().exceptions.ClientError as error:
            if _code(error) not in _TAKEN:
                raise
            return False
    return True


def delete(uris: Iterable[str]) -> None:
    """Remove objects, each by its whole name: nothing goes for how its name begins."""
    by_bucket: dict[str, list[str]] = {}
    for uri in uris:
        bucket, key = _parts(uri)
        by_bucket.setdefault(bucket, []).append(key)
    for bucket, keys in by_bucket.items():
        for start in range(0, len(keys), _DELETED_AT_ONCE):
            named = [{"Key": key} for key in keys[start : start + _DELETED_AT_ONCE]]
            with _plainly(f"{SCHEME}{bucket}"):
                said = _client().delete_objects(Bucket=bucket, Delete={"Objects": named, "Quiet": True})
            if errors := said.get("Errors"):
                raise StorelakeError(f"S3 did not remove {SCHEME}{bucket}/{errors[0]['Key']}: {errors[0]['Code']}.")


@functools.cache
def filesystem() -> Any:
    """The buckets as Arrow reads them."""
    from pyarrow.fs import AwsStandardS3RetryStrategy, S3FileSystem  # noqa: PLC0415

    address = os.environ.get("AWS_ENDPOINT_URL_S3") or os.environ.get("AWS_ENDPOINT_URL")
    scheme, _, host = (address or "").rpartition("://")
    place = {"endpoint_override": host, "scheme": scheme} if address else {}
    region = os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION")
    return S3FileSystem(region=region, retry_strategy=AwsStandardS3RetryStrategy(max_attempts=aws.ATTEMPTS), **place)


@contextlib.contextmanager
def _plainly(uri: str) -> Iterator[None]:
    from boto3.exceptions import S3UploadFailedError  # noqa: PLC0415
    from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415

    try:
        yield
    except (ClientError, S3UploadFailedError) as error:
        raise StorelakeError(said_by_aws(str(error)) or f"S3 refused {uri}: {_code(error)}.") from error
    except BotoCoreError as error:
        raise StorelakeError(f"S3 could not be asked for {uri}: {type(error).__name__}.") from error


def _code(error: Any) -> str:
    said: dict[str, dict[str, str]] = getattr(error, "response", {})
    return said.get("Error", {}).get("Code", type(error).__name__)


@functools.cache
def _client() -> Any:
    return aws.client("s3")


def _parts(uri: str) -> tuple[str, str]:
    bucket, _, key = uri.removeprefix(SCHEME).partition("/")
    return bucket, key
