"""The measuring bench: what Shilu does, beside the stock library and plain PostgreSQL, in one run.

Absolute figures drift between machines and hours, so every figure stands beside its comparison,
taken seconds apart on the same server with the same settings.
"""
