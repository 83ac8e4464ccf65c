"""Prompts are taken off, and lines for IPython become comments of the same line."""

from __future__ import annotations

import pytest

from app.session.repairs.ipython import Plain, is_magic, plain_python

TEXTS = {
    "python's prompt": (
        ">>> import torch\n>>> for i in range(2):\n...     print(i)\n...\n0\n1\n"
        ">>> y = x[\n...   0]",
        Plain("import torch\nfor i in range(2):\n    print(i)\n\n# 0\n# 1\ny = x[\n  0]", 6, 0),
    ),
    "ipython's prompt": (
        "In [1]: def f(x):\n   ...:     return x\n   ...: \n\nIn [2]: f(2)\nOut[2]: 2\n\ny = 3",
        Plain("def f(x):\n    return x\n\n\nf(2)\n# Out[2]: 2\n\ny = 3", 4, 0),
    ),
    "prompts above code": (
        "In [1]:\nimport torch\ntorch.ones(2)\nOut[1]:\ntensor([1., 1.])",
        Plain("\nimport torch\ntorch.ones(2)\n# Out[1]:\n# tensor([1., 1.])", 1, 0),
    ),
    "magics": (
        "%matplotlib inline\nimport torch\n!pip install x \\\n    y\nfiles = !ls\ntorch.add?",
        Plain(
            "# %matplotlib inline\nimport torch\n# !pip install x \\\n    # y\n# files = !ls"
            "\n# torch.add?",
            0,
            5,
        ),
    ),
    "in a block": (
        "if True:\n    %time f()\n    !ls",
        Plain("if True:\n    pass  # %time f()\n    pass  # !ls", 0, 2),
    ),
    "cells": (
        "# %%\n%%bash\necho $HOME\n# %%\n%%time\nx = 1\n# %%\n\n# %%\n!ls",
        Plain("# %%\n# %%bash\n# echo $HOME\n# %%\n# %%time\nx = 1\n# %%\n\n# %%\n# !ls", 0, 4),
    ),
    "in a string and in an expression": (
        "s = '''\n%magic\n!shell\n'''\nx = (5\n% 3)\n...",
        Plain("s = '''\n%magic\n!shell\n'''\nx = (5\n% 3)\n...", 0, 0),
    ),
    "a question": ("What is this?\n", Plain("What is this?\n", 0, 0)),
}


@pytest.mark.parametrize(("text", "plain"), TEXTS.values(), ids=TEXTS)
def test_what_is_not_python_goes_and_lines_keep_their_numbers(text: str, plain: Plain) -> None:
    assert plain_python(text) == plain


def test_what_is_plain_stays_so() -> None:
    for _, plain in TEXTS.values():
        assert plain_python(plain.text) == Plain(plain.text, 0, 0)


def test_a_comment_is_a_magic_only_if_it_looks_like_one() -> None:
    assert is_magic("# files = !ls")
    assert not any(map(is_magic, ("# 100 % of it", "# why?", "# a = b % c", "x = 1  # %time")))
