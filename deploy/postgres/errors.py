"""What can keep the embedded PostgreSQL from running.

EmbeddedPostgresError
├── NoPlace       the folder, or the way to it, cannot be used safely
├── NoAccount     root has no unprivileged account to hand the server to
├── NoBinaries    the wheel is missing or its programs cannot be run
└── ServerFailed  PostgreSQL itself refused; its own words are in the message

Their names say what is wrong, hence no suffix.
"""


class EmbeddedPostgresError(Exception):
    """The embedded PostgreSQL cannot run."""


class NoPlace(EmbeddedPostgresError):
    """There is no safe place for the database."""


class NoAccount(EmbeddedPostgresError):
    """PostgreSQL refuses to run as root, and there is no other account to run it."""


class NoBinaries(EmbeddedPostgresError):
    """The programs of PostgreSQL are not there, or cannot be run by the server's account."""


class ServerFailed(EmbeddedPostgresError):
    """PostgreSQL did not start or did not answer."""
