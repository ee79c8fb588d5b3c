"""Alembic's entry to the ledger's migrations."""

from corpus.database import run_environment

run_environment()
