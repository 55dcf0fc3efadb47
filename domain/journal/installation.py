"""What an installation needs and finds unfit: its database, the keys that lie outside it.

Whoever runs it is told what to do in words that are no part of the domain (`deploy/texts`).
"""

from __future__ import annotations


class InstallationError(Exception):
    """Something cannot be used; `code` says what is wrong with it and stays stable.

    The details are paths, modes and the system's own words, never a key or a personal fact.
    As a text it is for logs.
    """

    def __init__(self, code: str, /, **details: object) -> None:
        super().__init__(" ".join((code, *(f"{name}={each}" for name, each in details.items()))))
        self.code = code
        self.details = details
