"""What we hold, and whence: sources, passages, provenance, and the catalogue that records them."""
