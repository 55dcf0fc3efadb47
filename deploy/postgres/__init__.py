"""A PostgreSQL of our own, so that Shilu runs where nothing is installed but Python."""

from deploy.postgres.errors import EmbeddedPostgresError
from deploy.postgres.server import EmbeddedPostgres

__all__ = ["EmbeddedPostgres", "EmbeddedPostgresError"]
