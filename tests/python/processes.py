"""Other processes that ingest into a test's lake, to run beside it or to die."""

import subprocess
import sys
import textwrap
from pathlib import Path

from lakes import Lake

from ingestion.environment import PROJECT

KEY = "k" * 40


def child(lake: Lake, before: str = "", source: str = "shop", folder: Path | None = None) -> subprocess.Popen[str]:
    """Another process that runs `before` and then ingests the drop folder."""
    code = f"""
        import os, sys
        from pathlib import Path
        from ingestion import run
        from ingestion.environment import load
        environment = load(dict(STORELAKE_LAKE={str(lake.environment.lake)!r}, STORELAKE_SUBJECT_KEY={KEY!r}))
        {{}}
        outcomes = run.ingest(environment, ["online_retail"], source={source!r}, folder=Path({str(folder or lake.folder)!r}))
        for outcome in outcomes:
            if outcome.error:
                sys.exit(outcome.error)
        print(sum(pull.counts.landed for outcome in outcomes for pull in outcome.pulls))
    """
    text = textwrap.dedent(code).format(textwrap.dedent(before))
    return subprocess.Popen(
        [sys.executable, "-W", "ignore", "-c", text],
        cwd=PROJECT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def ended(process: subprocess.Popen[str]) -> tuple[int, str, str]:
    """Exit code and output of a process, which must not hang."""
    out, err = process.communicate(timeout=60)
    return process.returncode, out, err
