"""A contract type for import-linter: these may import a module, and nobody else."""

from __future__ import annotations

from typing import cast

from grimp import ImportGraph
from importlinter import Contract, ContractCheck, fields, output


class ImportedBy(Contract):
    """
    module:              the module that the rule is about
    may_be_imported_by:  the modules that may import it

    Imports inside functions and under TYPE_CHECKING count like all others.
    """

    module = fields.StringField()
    may_be_imported_by = fields.SetField(subfield=fields.StringField())

    def check(self, graph: ImportGraph, verbose: bool) -> ContractCheck:
        # The fields are declared as fields and hold what the configuration says.
        module, allowed = cast(str, self.module), cast(set[str], self.may_be_imported_by)
        found = graph.find_modules_that_directly_import(module) if module in graph.modules else ()
        broken = [
            f"{importer} imports {module} (line {detail['line_number']})"
            for importer in sorted(set(found) - allowed)
            for detail in graph.get_import_details(importer=importer, imported=module)
        ]
        return ContractCheck(kept=not broken, metadata={"broken": broken})

    def render_broken_contract(self, check: ContractCheck) -> None:
        output.print_error(f"{self.module} may not be imported here:", bold=False)
        for line in check.metadata["broken"]:
            output.print_error(f"- {line}", bold=False)
