"""A contract type for import-linter: a package may import these and the standard library, no more.

Its own "forbidden" contracts list what must not be imported, so they miss what nobody thought of.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import cast

from grimp import ImportGraph
from importlinter import Contract, ContractCheck, fields, output


class MayImport(Contract):
    """
    package:     the package that the rule is about, with everything in it
    may_import:  the packages, ours and others', that it may import (possibly none)

    Imports inside functions and under TYPE_CHECKING count like all others.
    """

    package = fields.StringField()
    may_import = fields.SetField(subfield=fields.StringField(), required=False)

    def check(self, graph: ImportGraph, verbose: bool) -> ContractCheck:
        broken = sorted(self._stray_imports(graph))
        return ContractCheck(kept=not broken, metadata={"broken": broken})

    def _stray_imports(self, graph: ImportGraph) -> Iterator[str]:
        # The fields are declared as fields and hold what the configuration says.
        package = cast(str, self.package)
        allowed = {package} | cast(set[str], self.may_import or set())
        for importer in {package} | graph.find_descendants(package):
            for imported in graph.find_modules_directly_imported_by(importer):
                if imported.split(".")[0] in sys.stdlib_module_names:
                    continue
                if not any(imported == name or imported.startswith(f"{name}.") for name in allowed):
                    for detail in graph.get_import_details(importer=importer, imported=imported):
                        yield f"{importer} imports {imported} (line {detail['line_number']})"

    def render_broken_contract(self, check: ContractCheck) -> None:
        output.print_error(f"{self.package} may not import this:", bold=False)
        for line in check.metadata["broken"]:
            output.print_error(f"- {line}", bold=False)
