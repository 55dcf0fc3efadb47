"""What can keep the embedded PostgreSQL from running."""

from domain.journal.installation import InstallationError


class EmbeddedPostgresError(InstallationError):
    """The embedded PostgreSQL cannot run. What it says itself is in the details, as it says it."""
