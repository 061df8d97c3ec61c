"""Starts the command line over and over without its two seconds of loading, counts, and sends signals.

One process loads everything and does nothing with it (the threads that libraries start by being loaded are idle); each
order (a line of JSON on stdin) is a fork of it, which runs `storelake …` as a shell would and is disturbed where the
order says. What came of it is a line of JSON on stdout. Called with a lake, it also reads the dbt project for that lake, whose
builds then cost only their own work; besides commands, `models` makes all models there, without tests or publishing.
"""

import contextlib
import gc
import json
import os
import select
import signal
import sys
import time
from pathlib import Path
from typing import Any

PATIENCE = 300
"""How long a command may take, with or without a signal, in seconds."""
sys.path[:0] = [str(Path(__file__).resolve().parents[3]), str(Path(__file__).resolve().parent)]


def main() -> None:
    """Serve orders until stdin ends."""
    import deltalake  # noqa: F401
    import dlt
    import dlt.pipeline.pipeline  # noqa: F401
    import duckdb  # noqa: F401
    import points  # noqa: F401
    import pyarrow  # noqa: F401

    import storelake.cli  # noqa: F401
    from ingestion import run  # noqa: F401

    parsed = _parse(sys.argv[1]) if sys.argv[1:] else None
    print("ready", flush=True)
    for line in sys.stdin:
        print(json.dumps(_serve(json.loads(line), parsed)), flush=True)


def _parse(lake: str) -> Any:
    """The dbt project as a build of this lake reads it."""
    from ingestion import environment
    from storelake.dbt_runner import runner

    parsed = runner.parse(environment.load({"STORELAKE_LAKE": lake, "STORELAKE_SUBJECT_KEY": "k" * 40}))
    if parsed is None:
        raise SystemExit("dbt cannot read the project")
    # A million objects: looked through for garbage, each fork would copy them all.
    gc.freeze()
    return parsed


def _serve(order: dict[str, Any], parsed: Any) -> dict[str, Any]:
    said, tell = os.pipe()
    started = time.monotonic()
    process = os.fork()
    if process == 0:
        os.close(said)
        _be(order, tell, parsed)
    os.close(tell)
    kill = order.get("kill") or {}
    # By a time of day, or when the process says that it is inside the call.
    is_timed = kill.get("moment") == "any"
    heard = select.select([said], [], [], kill["delay"] if is_timed else PATIENCE)[0]
    told = os.read(said, 1) if heard else b""
    if told:
        time.sleep(kill["delay"])
    if told or (is_timed and not heard):
        _send(process, kill.get("signal", signal.SIGKILL))
    os.close(said)
    hangs = not _has_ended(process)
    if hangs:
        os.killpg(process, signal.SIGKILL)
    _, status = os.waitpid(process, 0)
    seconds = time.monotonic() - started
    return {
        "code": os.waitstatus_to_exitcode(status),
        "seconds": seconds,
        "hangs": hangs,
        "left": _leaves_processes(process),
    }


def _send(process: int, number: int) -> None:
    """Send a signal as it comes: Ctrl-C and a terminal that is closed reach all processes of a command."""
    with contextlib.suppress(ProcessLookupError):
        if number in (signal.SIGINT, signal.SIGHUP):
            os.killpg(process, number)
            return
    with contextlib.suppress(ProcessLookupError):
        os.kill(process, number)


def _has_ended(process: int) -> bool:
    about = os.pidfd_open(process)
    try:
        return bool(select.select([about], [], [], PATIENCE)[0])
    finally:
        os.close(about)


def _leaves_processes(group: int) -> bool:
    """Whether any process of the command is still there a while after it ended; then it is ended, too."""
    until = time.monotonic() + 20
    try:
        while time.monotonic() < until:
            os.killpg(group, 0)
            time.sleep(0.05)
        os.killpg(group, signal.SIGKILL)
    except ProcessLookupError:
        return False
    return True


def _be(order: dict[str, Any], tell: int, parsed: Any) -> None:
    """The command line, in a process of its own."""
    os.setsid()
    # Whoever started the launcher in the background may have had some of them ignored.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)
    os.environ.update(order["variables"])
    output = os.open(order["output"], os.O_CREAT | os.O_WRONLY | os.O_TRUNC)
    os.dup2(output, 1)
    os.dup2(output, 2)
    from points import BUILD, INGEST, Kill, arm, count

    kill, passed = order.get("kill"), None
    if kill and kill["moment"] != "any":
        arm(Kill(**kill), lambda: (os.write(tell, b"!"), None)[1])
    if order.get("count"):
        passed = count({"ingest": INGEST, "build": BUILD, "all": {**INGEST, **BUILD}}[order["count"]])
    command, *words = order["arguments"]
    if command in ("build", "run"):
        _build_here(parsed)
    code = _models(words, parsed) if command == "models" else _run(order["arguments"])
    if passed is not None:
        Path(order["output"]).with_suffix(".json").write_text(json.dumps(passed))
    sys.stdout.flush()
    os._exit(code)


def _run(arguments: list[str]) -> int:
    from storelake import cli

    sys.argv = ["storelake", *arguments]
    try:
        cli.main()
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:
        import traceback

        traceback.print_exc()
        return 70
    return 0


def _build_here(parsed: Any) -> None:
    """dbt in this process, where the points are, and not in one of its own."""
    from storelake.dbt_runner import runner, worker

    class Here(contextlib.AbstractContextManager["Here"]):
        def run(self, arguments: list[str], progress: Any, changes: Any = None) -> runner.Result:
            return _dbt(arguments, parsed, changes)

        def __exit__(self, *_: object) -> None:
            pass

    worker.DbtProcess = Here  # type: ignore[assignment,misc]


def _models(words: list[str], parsed: Any) -> int:
    kinds = ["--resource-type", "model", "--resource-type", "seed"]
    result = _dbt(["--no-write-json", "build", *kinds, *words], parsed)
    print(result.error, *(f"{node.name}: {node.message}" for node in result.failed), sep="\n")
    return 0 if result.is_green else 1


def _dbt(arguments: list[str], parsed: Any, changes: Any = None) -> Any:
    from ingestion import environment
    from storelake.dbt_runner import runner

    gc.disable()
    return runner.run(environment.load(os.environ), arguments, parsed=parsed, changes=changes)


if __name__ == "__main__":
    main()
