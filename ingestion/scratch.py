"""Scratch space that processes of this host left behind when they were killed."""

import shutil
import socket

from ingestion.environment import Environment
from ingestion.ledger import is_alive


def remove_left(environment: Environment) -> None:
    """Remove the folders in `work` whose process is gone; those of living ones and of other hosts stay."""
    for folder in environment.work.glob(f"run-{socket.gethostname()}-*-*"):
        process = folder.name.split("-")[-2]
        if process.isdigit() and not is_alive(int(process)):
            shutil.rmtree(folder, ignore_errors=True)
