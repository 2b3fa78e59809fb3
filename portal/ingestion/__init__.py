"""Ingestion: what other applications deliver is fetched or received, kept, checked and applied, once."""
