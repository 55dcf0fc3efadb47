"""Every slice, imported, so that every kind of facts is registered before anything is decoded.

Whoever reads the journal calls this first; a new slice need only be a module of `domain`.
"""

from __future__ import annotations

import importlib
import pkgutil

import domain


def register_all() -> None:
    """Import every slice; doing it again costs nothing."""
    for module in pkgutil.iter_modules(domain.__path__):
        if not module.ispkg and module.name != "slices":
            importlib.import_module(f"domain.{module.name}")
