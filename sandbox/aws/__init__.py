"""AWS on one machine: moto plays S3, Glue, work groups and secrets, Trino is Athena's engine, a front its API.

`python -m sandbox.aws` starts them; docs/sandbox.md says what is the same as on AWS and what is not.
"""
