"""What did not run is reported with its cause, where that is known; on real runs."""

from __future__ import annotations

from copy import deepcopy
from textwrap import dedent

import pytest

from app.contract.records import LineRange, Lines
from app.session.run import Run
from app.session.source.lines import marks
from app.session.source.not_run import not_run
from app.session.summary.in_words import in_words
from app.session.trace.document import dump, load
from tests.support import TraceText, snippet

CAUSES = {
    "a branch not taken": (
        """\
        x = 1
        if x > 2:
            x = 2

            x = 3
        elif x > 1:
            x = 4
        if x:
            x = 5
        elif x > 5:
            x = 6
        else:
            x = 7
        """,
        [
            "Lines 3–5 did not run. The `if` on line 2 was never true.",
            "Line 7 did not run. The `elif` on line 6 was never true.",
            "Lines 10–13 did not run. The `if` on line 8 was never false.",
        ],
    ),
    "what was never called": (
        """\
        def train():
            def inner():
                pass
            return inner
        class Net:
            def forward(self):
                return 1
            def outer(self):
                def inside():
                    return 1
        def numbers():
            yield 1
        async def work():
            return 1
        Net().outer()
        kept = numbers(), train
        """,
        [
            "Lines 2–4 did not run. `train()`, defined on line 1, was never called.",
            "Line 7 did not run. `Net.forward()`, defined on line 6, was never called.",
            "Line 10 did not run. `inside()`, defined on line 9, was never called.",
            "Line 12 did not run. `numbers()`, defined on line 11, was never iterated.",
            "Line 14 did not run. `work()`, defined on line 13, was never awaited.",
        ],
    ),
    "loops": (
        """\
        for i in []:
            i = 1
        while i_ := 0:
            i = 2
        for i in range(3):
            break
        else:
            i = 3
        """,
        [
            "Line 2 did not run. The loop on line 1 never ran its body.",
            "Line 4 did not run. The `while` on line 3 was never true.",
            "Line 8 did not run. The loop on line 5 never ran out.",
        ],
    ),
    "what comes after": (
        """\
        def f(x):
            if x:
                return 1
            return 2
        def g():
            return 1
            return 2
        f(1), g()
        for i in range(2):
            if True:
                continue
            i = 2
        """,
        [
            "Line 4 did not run. The `return` on line 3 comes before.",
            "Line 7 did not run. The `return` on line 6 comes before.",
            "Line 12 did not run. The `continue` on line 11 comes before.",
        ],
    ),
    "exceptions that were caught": (
        """\
        def f(x):
            int(x)
            return 1
        try:
            f("x")
            x = 1
        except KeyError:
            x = 2
        except ValueError:
            x = 3
        else:
            x = 4
        """,
        [
            "Line 3 did not run. Line 2 was never finished.",
            "Line 6 did not run. Line 5 was never finished.",
            "Line 8 did not run. The `except` on line 7 caught nothing.",
            "Line 12 did not run. The `try` on line 4 never reached its end.",
        ],
    ),
    "an error that ended the run": (
        """\
        def f(x):
            if x / 0:
                return 1
            return 2
        for i in range(3):
            f(i)
            i = 1
        x = 2
        def g():
            pass
        """,
        [
            "Line 3 did not run. The run ended on line 2.",
            "Line 4 did not run. The run ended on line 2.",
            "Line 7 did not run. Line 6 was never finished.",
            "Lines 8–10 did not run. The run ended on line 2.",
        ],
    ),
    "an error in the other branch": (
        """\
        if True:
            1 / 0
        else:
            x = 1
        """,
        ["Line 4 did not run. The `if` on line 1 was never false."],
    ),
    "an error in a condition": (
        """\
        try:
            x = 1
            if 1 / 0:
                x = 2
            else:
                x = 3
        finally:
            x = 4
        """,
        [
            "Line 4 did not run. The run ended on line 3.",
            "Line 6 did not run. The run ended on line 3.",
        ],
    ),
    "an end of its own accord": (
        """\
        import sys
        def leave():
            sys.exit()
        leave()
        x = 2
        """,
        ["Line 5 did not run. The run ended on line 4."],
    ),
    "cases": (
        """\
        match 2:
            case 1:
                x = 1
            case _:
                x = 2
        """,
        ["Line 3 did not run. The `case` on line 2 was never taken."],
    ),
}


@pytest.mark.parametrize("name", CAUSES)
def test_what_did_not_run_says_why(trace: TraceText, name: str) -> None:
    text, expected = CAUSES[name]
    assert [stretch.text for stretch in not_run(trace(dedent(text)))] == expected


def test_a_text_that_this_python_cannot_read_has_no_causes(trace: TraceText) -> None:
    found = deepcopy(trace("x = 1\nif not x:\n    x = 2\n"))
    found.snippet.text = found.snippet.text.replace("not x", "newer syntax")
    assert [stretch.text for stretch in not_run(found)] == ["Line 3 did not run."]


def test_lines_that_ran_are_told_from_those_that_did_not_and_from_comments(
    trace: TraceText,
) -> None:
    text = """
    x = torch.ones(2)
    if x is None:
        print(x)  # not today
        print(x)
    # a comment
    y = 1
    """
    found = marks(Run(trace(snippet(text))))
    assert {line: (mark.key, mark.note) for line, mark in found.items() if line > 2} == {
        3: ("neutral", ""),
        4: ("neutral", ""),
        5: ("not_run", "not run"),
        6: ("not_run", ""),
        8: ("neutral", ""),
    }
    assert found[6].tooltip == "Line 6 did not run. The if on line 4 was never true."


def test_a_comment_in_a_region_has_no_mark_of_its_own(trace: TraceText) -> None:
    text = """
    with torch.no_grad():
        # a comment
        x = 1
    """
    found = marks(Run(trace(snippet(text))))
    assert [(mark.key, mark.region) for mark in found.values()][2:] == [
        ("neutral", "no_grad"), ("nothing", "no_grad"), ("neutral", "no_grad"),
    ]  # fmt: skip


def test_a_function_with_the_backward_call_that_was_never_called_is_told(
    trace: TraceText,
) -> None:
    text = """
    net = nn.Linear(2, 1)
    if net is None:
        pass
    def train():
        net(torch.ones(2)).backward()
    print(net(torch.ones(2)))
    """
    told = in_words(Run(trace(snippet(text))))
    assert told[-1].text == ("Line 7 did not run. `train()`, defined on line 6, was never called.")
    assert told[-1].line == 7


def test_where_it_is_not_known_nothing_is_said(trace: TraceText) -> None:
    found = trace("import dis\nif not dis:\n    x = 1\n")
    assert found.lines is None
    assert not not_run(found)
    assert not marks(Run(found))


def test_the_document_holds_ranges_and_an_older_one_none(trace: TraceText) -> None:
    found = trace("x = 1\nif not x:\n    x = 2\n    x = 3\n")
    assert found.lines == Lines(ran=[LineRange(1, 2)], not_run=[LineRange(3, 4)])
    written = dump(found)
    assert b'"lines":{"ran":[[1,2]],"not_run":[[3,4]]}' in written
    assert load(written).trace == found
    older = written.replace(b'"lines":', b'"linesOfOther":')
    assert load(older).trace.lines is None
