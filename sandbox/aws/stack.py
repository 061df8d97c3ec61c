"""All of it together: moto, the front, Trino, and the buckets that the pipeline writes to."""

import contextlib
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import boto3
import httpx
import uvicorn

from sandbox import sources
from sandbox.aws import children, trino
from sandbox.aws.machine import Missing

REGION = "eu-west-1"
LAKE = "storelake-lake"
RESULTS = "storelake-athena-results"
# Of the shops that `storelake sandbox` plays: production looks for their secrets in Secrets Manager.
_SEED = 7
# Long enough, and nobody's: what lies in the sandbox's lake is gone with it.
_SUBJECT_KEY = "the sandbox's own key, not a secret"


@dataclass(frozen=True)
class Stack:
    """A running one: where AWS's services answer, and where moto does without the front."""

    url: str
    moto: str

    @property
    def variables(self) -> dict[str, str]:
        """What a pipeline needs to know to run there as in production."""
        return {
            "AWS_ENDPOINT_URL": self.url,
            # Delta's writer asks for it where a connection is not encrypted.
            "AWS_ALLOW_HTTP": "true",
            "AWS_ACCESS_KEY_ID": "sandbox",
            "AWS_SECRET_ACCESS_KEY": "sandbox",
            "AWS_REGION": REGION,
            "AWS_DEFAULT_REGION": REGION,
            "STORELAKE_ENV": "prod",
            "STORELAKE_LAKE": f"s3://{LAKE}",
            "STORELAKE_STAGING": f"s3://{RESULTS}/",
            "STORELAKE_ATHENA_POLL": "0.1",
            "STORELAKE_SUBJECT_KEY": _SUBJECT_KEY,
        }


@contextlib.contextmanager
def running(variables: Mapping[str, str], *, port: int = 0, memory: str = "3G") -> Iterator[Stack]:
    """Start all of it; it answers when the block is entered, and is gone when it is left."""
    front_port, moto_port = port or trino.free_port(), trino.free_port()
    url, moto = f"http://127.0.0.1:{front_port}", f"http://127.0.0.1:{moto_port}"
    with contextlib.ExitStack() as stack:
        stack.enter_context(_moto(moto, moto_port))
        # Trino asks Glue only by way of the front, and may: it does not run before it is asked something itself.
        engine = stack.enter_context(trino.running(trino.Address(moto, url, REGION), memory, variables))
        stack.enter_context(_front(engine, moto, front_port))
        own = boto3.Session(aws_access_key_id="sandbox", aws_secret_access_key="sandbox", region_name=REGION)
        s3 = own.client("s3", endpoint_url=moto)
        for bucket in (LAKE, RESULTS):
            s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": REGION})
        vault = own.client("secretsmanager", endpoint_url=moto)
        for name, value in sources.secrets(_SEED).items():
            vault.create_secret(Name=name, SecretString=value)
        yield Stack(url, moto)


@contextlib.contextmanager
def _moto(url: str, port: int) -> Iterator[None]:
    words = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    with children.running(words) as process:
        _wait(f"{url}/moto-api/", lambda: process.poll() is None)
        yield


@contextlib.contextmanager
def _front(engine: str, moto: str, port: int) -> Iterator[None]:
    from sandbox.aws.front.engine import Engine  # noqa: PLC0415
    from sandbox.aws.front.executions import Executions  # noqa: PLC0415
    from sandbox.aws.front.server import application  # noqa: PLC0415

    executions = Executions(Engine(engine), moto, REGION)
    server = uvicorn.Server(
        uvicorn.Config(
            application(executions, moto),
            host="127.0.0.1",
            port=port,
            log_level="critical",
            lifespan="off",
            access_log=False,
            timeout_keep_alive=600,
            timeout_graceful_shutdown=2,
        )
    )
    thread = threading.Thread(target=server.run, name="front", daemon=True)
    thread.start()
    try:
        _wait(f"http://127.0.0.1:{port}/moto-api/", thread.is_alive)
        yield
    finally:
        server.should_exit = True
        thread.join(10)


def _wait(url: str, is_alive: Callable[[], bool]) -> None:
    until = time.monotonic() + 60
    while is_alive() and time.monotonic() < until:
        with contextlib.suppress(httpx.HTTPError):
            httpx.get(url, timeout=5)
            return
        time.sleep(0.1)
    raise Missing(f"Nothing answers at {url}: is the port taken, or is what `make setup` installs not complete?")
