"""Alembic environment of the catalogue's tables (version table `alembic_version_corpus`)."""
