"""Athena and Glue: tables, query history, costs and result files."""
