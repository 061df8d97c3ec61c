"""The lake's storage: Delta tables and their schemas, the raw archive, buckets, Glue and Athena."""
