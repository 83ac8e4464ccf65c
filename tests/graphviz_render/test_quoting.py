from __future__ import annotations

import doctest
import importlib

import graphviz_render
from graphviz_render import quoting
from graphviz_render.quoting import quote_name, quote_text


def test_the_examples_in_the_docstrings() -> None:
    dot_source = importlib.import_module("graphviz_render.dot_text")  # the name is a function's
    for module in (quoting, graphviz_render, dot_source):
        tried = doctest.testmod(module)
        assert tried.attempted
        assert not tried.failed


def test_names_that_differ_stay_different() -> None:
    names = ["a", 'a"', "a\\", 'a\\"', "a\\\\", "a\n", "<a>", "A"]
    assert len({quote_name(name) for name in names}) == len(names)


def test_what_no_xml_may_hold_is_replaced() -> None:
    assert quote_text("a\x00b\x1bc\ud800") == '"a\ufffdb\ufffdc\ufffd"'
