"""DuckDB's extensions, taken out of the wheels that the lock file pins: nothing is fetched from DuckDB's own server."""

import sys
from pathlib import Path

FOLDER = Path(sys.prefix) / "duckdb_extensions"


def install() -> Path:
    """Put the extensions where dbt's profile looks for them, and return that folder."""
    import duckdb  # noqa: PLC0415
    import duckdb_extension_delta  # noqa: PLC0415

    FOLDER.mkdir(parents=True, exist_ok=True)
    package = Path(duckdb_extension_delta.__file__).parent
    with duckdb.connect(config={"extension_directory": str(FOLDER)}) as database:
        for extension in sorted(package.rglob("*.duckdb_extension")):
            database.execute(f"install '{extension}'")
            database.execute(f"load '{extension.name.split('.')[0]}'")
    return FOLDER


if __name__ == "__main__":
    install()
