"""The text of a lecture is read strictly; an error says where, why, and what to do."""

from __future__ import annotations

import pytest

from app.session.lectures.lecture import Question, address_of
from app.session.lectures.reading import LectureProblem, lecture_of, with_program

TEXT = """\
# Where the gradient stops

Three layers in a row.

[The program](cut.py)

![](scene:whole)
![](scene:the-cut)

It is stuck.

```
# not a heading
```

## Which of these get a gradient?
<!-- ask: grads -->

- `lin0.weight`
- `lin1.weight`

## Afterwards

`lin1` ran under `no_grad`.
<!-- say this slowly -->

# The same, with numbers

Nothing new runs here.

## Which lines are recorded?
<!-- ask: recorded -->

- `y = x * 2`
"""


def test_a_text_is_read_as_pages_of_blocks() -> None:
    lecture = lecture_of("cut", {"lecture.md": TEXT, "cut.py": "x = 1\n"})
    first, second = lecture.pages
    assert (lecture.title, first.key, second.key) == (first.title, "lecture", "lecture-2")
    assert [(block.kind, block.text.splitlines()[0], block.line) for block in first.blocks] == [
        ("prose", "Three layers in a row.", 3),
        ("program", "cut.py", 5),
        ("scene", "whole", 7),
        ("scene", "the-cut", 8),
        ("prose", "It is stuck.", 10),
        ("question", "Which of these get a gradient?", 16),
        ("afterwards", "`lin1` ran under `no_grad`.", 24),
    ]
    assert "# not a heading" in first.blocks[4].text
    assert first.question == Question(
        "grads", "Which of these get a gradient?", ("lin0.weight", "lin1.weight")
    )
    assert first.afterwards == "`lin1` ran under `no_grad`."
    assert (second.line, second.program, second.snippet) == (27, "cut.py", "x = 1\n")


def test_formatters_may_put_blank_lines_around_what_asks() -> None:
    text = _page("## Q?", "", "<!-- ask: none -->", "", "- `x`")
    (page,) = lecture_of("one", {"lecture.md": text}).pages
    assert page.question == Question("none", "Q?", ("x",))


def test_a_program_in_the_text_keeps_its_characters_and_lines() -> None:
    code = "s = 'a\x0cb\u2028c'\nprint(s)\n"
    text = f"# Odd\r\n\r\n```python\r\n{code}```\n\n![](scene:gone)\n"
    (page,) = lecture_of("odd", {"lecture.md": text}).pages
    assert page.snippet == code
    assert [(block.kind, block.line) for block in page.blocks] == [("program", 3), ("scene", 8)]


def test_several_files_are_read_in_the_order_of_their_numbers() -> None:
    files = {"02_b.md": "# B\n\nb", "01_a.md": "# A\n\n```python\nx = 1\n```\n", "notes.md": "no"}
    lecture = lecture_of("two", files)
    assert [(page.key, page.title, page.program) for page in lecture.pages] == [
        ("01_a", "A", "01_a.py"),
        ("02_b", "B", "01_a.py"),
    ]
    assert lecture.programs == {"01_a.py": "x = 1\n"}


def _page(*lines: str) -> str:
    return "\n".join(("# T", "", "```python", "x = 1", "```", "", *lines))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Words\n", "lecture.md, line 1: a page begins with “# Title”."),
        ("# T\n\n```python\nx = 1\n", "line 3: this block of code does not end. Add a line “```”"),
        ("# T\n\n[p](other.py)\n", "line 3: there is no file “other.py” in this lecture."),
        (_page("```python", "y", "```"), "line 7: this page has a program already."),
        (_page("## Q?", "<!-- ask: why -->", "", "- `x`"), "line 8: “why” is not a kind of"),
        (_page("## Q?", "<!-- ask: none -->"), "line 7: this question has no options."),
        (_page("<!-- ask: none -->"), "line 7: “ask: none” needs its question as a heading"),
        (
            _page(*["## Q?", "<!-- ask: none -->", "- `x`"] * 2),
            "line 10: this page asks a question already.",
        ),
        ("# T\n\n## Afterwards\n", "line 3: “Afterwards” is shown when a question is answered"),
        ("# T\n\n## Q?\n<!-- ask: none -->\n- `x`\n", "line 3: the answer is read off a run"),
    ],
)
def test_an_error_names_file_line_reason_and_next_step(text: str, words: str) -> None:
    with pytest.raises(LectureProblem) as problem:
        lecture_of("bad", {"lecture.md": text})
    assert words in str(problem.value)
    assert str(problem.value).endswith(".")


def test_a_folder_without_a_text_says_what_it_needs() -> None:
    with pytest.raises(LectureProblem, match=r"“empty” has no text\. Add a file lecture\.md"):
        lecture_of("empty", {"readme.md": "# Other", "a.py": "x = 1"})


def test_a_scene_is_written_without_spaces() -> None:
    assert address_of("  The cut: lin1") == "the-cut-lin1"


@pytest.mark.parametrize(
    ("line", "code", "found"),
    [
        (3, "y = 2\n", "# T\n\n```python\ny = 2\n```\n\nEnd.\n"),
        (3, "'''\n```\n'''", "# T\n\n````python\n'''\n```\n'''\n````\n\nEnd.\n"),
        (1, "y = 2\n", None),
        (99, "y = 2\n", None),
    ],
)
def test_a_program_in_a_text_is_replaced(line: int, code: str, found: str | None) -> None:
    text = "# T\n\n```python\nx = 1\n```\n\nEnd.\n"
    assert with_program(text, line, code) == found


@pytest.mark.parametrize("text", ["```text\nx = 1\n```\n", "```python\nx = 1\n"])
def test_only_a_whole_block_of_python_is_replaced(text: str) -> None:
    assert with_program(text, 1, "y = 2\n") is None
