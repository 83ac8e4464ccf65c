"""Quotes any text as a DOT string that reads back as that text.

In a quoted DOT string a quote is written with a backslash before it, and labels know escapes such
as ``\\n`` and ``\\N`` and entities such as ``&lt;``.  Here text is text: it is shown as it is
written.  Quoting always, numbers and keywords included, makes that safe.
"""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import quote

_UNPRINTABLE: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
"""Not allowed in XML, or (NUL, lone surrogates) not even in the input of Graphviz."""
_LINE_END: Final = re.compile("\r\n|\r|\n")
_ENTITY: Final = re.compile(r"&(?=#?\w*;)")


def quote_name(name: str) -> str:
    r"""The name of a node or a cluster: dot drops a line end that starts a quoted string.

    >>> print(quote_name('say "hi"'), quote_name("graph"), quote_name("back\\"), quote_name("\n"))
    "say \"hi\"" "graph" "back\\" "\n"
    """
    return '"' + _escaped(name).replace("\r", "\\r").replace("\n", "\\n") + '"'


def quote_text(text: str) -> str:
    r"""The value of an attribute: line ends centre the line before them.

    >>> print(quote_text("a\nb"), quote_text("C:\\new"), quote_text("<b>&lt;"))
    "a\nb" "C:\\new" "<b>&amp;lt;"
    """
    lines = _LINE_END.split(_ENTITY.sub("&amp;", _escaped(text)))
    return '"' + "\\n".join(lines) + '"'


def quote_url(url: str) -> str:
    """Quote an address.  Graphviz 2 copies it into SVG, so what would break XML is encoded.

    >>> print(quote_url('a b.py?x="1"&y=2#L3'))
    "a%20b.py?x=%221%22&amp;y=2#L3"
    """
    encoded = quote(url, safe="!#$%&'()*+,/:;=?@[]~", errors="replace")
    return f'"{encoded.replace("&", "&amp;")}"'


def _escaped(text: str) -> str:
    return _UNPRINTABLE.sub("\ufffd", text).replace("\\", "\\\\").replace('"', '\\"')
