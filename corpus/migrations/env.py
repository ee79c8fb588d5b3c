"""Run by Alembic for each migration of the catalogue."""

from corpus.database import run_environment

run_environment()
