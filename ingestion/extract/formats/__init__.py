"""File formats: CSV, XLSX and XML, and the compressed files that hold them."""
