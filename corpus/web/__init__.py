"""Fetching from the web: only what may be fetched, only as much as is wanted, and politely."""
