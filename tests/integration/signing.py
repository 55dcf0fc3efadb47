"""What happens to a journal that was signed: it is altered, or some of it is lost."""

from __future__ import annotations

from deploy.wiring import House
from domain.identity import Id, new_id
from domain.journal.seal import Edge, leaf_hash

LEDGER, OPERATOR = new_id(), new_id()


def execute(built: House, statement: str, *parameters: object) -> None:
    with built.connect() as connection:
        connection.execute(statement.encode(), parameters)


def lose(built: House, after: int, ledger: Id = LEDGER) -> None:
    """Bring the ledger back to what a backup of that time would hold."""
    kept = list(built.journal.read_ledger(ledger))[:after]
    edge = Edge().extend(leaf_hash(row.leaf) for row in kept)
    execute(built, "DELETE FROM journal WHERE ledger = %s AND number > %s", ledger, after)
    execute(
        built, "UPDATE ledger SET size = %s, edge = %s WHERE ledger = %s",
        edge.size, edge.to_bytes(), ledger,
    )  # fmt: skip
