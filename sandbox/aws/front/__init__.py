"""The Athena API over Trino: executions, their results and errors; all other services are moto's."""
