"""The script that starts the completing process; it is run by its path.

Its argument is the Python whose packages the text uses; jedi asks that one in a process of its own.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

if __name__ == "__main__":
    if hasattr(os, "setpgrp"):
        os.setpgrp()  # so that jedi's own process can be ended along with this one
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
    from app.completion.server import serve

    serve(sys.argv[1])
