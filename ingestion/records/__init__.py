"""Records: contracts, documents, and the envelope that each becomes a row of bronze in."""
