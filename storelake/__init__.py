"""The command line: starts ingestion and dbt, and shows what they did; holds no logic of theirs."""
