"""The wall between slices, as an import-linter contract.

import-linter's own `independence` holds single modules apart. A slice here is a line of modules
that share one subject and import each other freely, so the contract is told which stand together.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

from grimp import ImportGraph
from importlinter.application import output
from importlinter.domain import fields
from importlinter.domain.contract import Contract, ContractCheck


class SlicesContract(Contract):
    """Each module of a package imports its own slice and the kernel, and no other of the package.

    `kernel` is what all stand on; `journal` one more module (a package, with all in it) beside the
    slices. A module that is named nowhere, or twice, breaks the contract: nothing new slips past.
    """

    package = fields.StringField()
    kernel = fields.ListField(subfield=fields.StringField())
    journal = fields.StringField()
    slices = fields.ListField(subfield=fields.StringField())

    def check(self, graph: ImportGraph, verbose: bool) -> ContractCheck:
        """Look at every import within the package."""
        wrong = [*self._misplaced(graph), *self._imports(graph)]
        return ContractCheck(kept=not wrong, metadata={"wrong": wrong})

    def render_broken_contract(self, check: ContractCheck) -> None:
        """Say what is wrong, a line each."""
        for line in check.metadata["wrong"]:
            output.print_error(line)

    def _groups(self) -> list[list[str]]:
        """Return what stands together: the kernel, the journal, then each slice."""
        # A contract's fields hold what they parsed, which their types do not say.
        kernel, lines = cast("list[str]", self.kernel), cast("list[str]", self.slices)
        named = [kernel, [str(self.journal)], *(line.split() for line in lines)]
        return [[f"{self.package}.{name}" for name in group] for group in named]

    def _misplaced(self, graph: ImportGraph) -> Iterator[str]:
        named = [module for group in self._groups() for module in group]
        there = graph.find_children(str(self.package))
        for module in sorted(there | set(named)):
            if module not in there:
                yield f"{module} is named, and does not exist"
            elif named.count(module) != 1:
                yield f"{module} must be of one slice or of the kernel"

    def _imports(self, graph: ImportGraph) -> Iterator[str]:
        kernel, *others = self._groups()
        for group in (kernel, *others):
            allowed = _inside(graph, {*kernel, *group})
            for importer in sorted(_inside(graph, group)):
                for imported in sorted(graph.find_modules_directly_imported_by(importer)):
                    if imported.startswith(f"{self.package}.") and imported not in allowed:
                        where = _where(graph, importer, imported)
                        yield f"{importer} must not import {imported}{where}"


def _inside(graph: ImportGraph, modules: set[str] | list[str]) -> set[str]:
    """Return modules that exist, and all that lie in them."""
    there = [module for module in modules if module in graph.modules]
    return {*there, *(inner for module in there for inner in graph.find_descendants(module))}


def _where(graph: ImportGraph, importer: str, imported: str) -> str:
    details = graph.get_import_details(importer=importer, imported=imported)
    return f" (line {details[0]['line_number']})" if details else ""
