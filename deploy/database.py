"""Which PostgreSQL to use: the one that the settings name, or else the embedded one."""

from deploy.postgres import EmbeddedPostgres
from deploy.settings import Settings


def database_url(settings: Settings) -> str:
    """Where this home's events are kept. It may hold a password: never log it.

    Raises EmbeddedPostgresError when the embedded server's folders cannot be used.
    """
    if settings.database_url is not None:
        return settings.database_url.get_secret_value()
    return EmbeddedPostgres(settings.home).url
