"""The page of a lecture: complete in itself, true to the runs, and stepped in a real browser."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest

from app.page.lectures.page import PageOptions, lecture_page
from app.page.lectures.prose import prose
from app.process.client import Tracer
from app.session.lectures.lecture import Lecture
from app.session.lectures.reading import lecture_of
from app.session.lectures.shipped import lecture
from app.session.run import Run
from app.session.scenes.beside import changes_of
from app.session.scenes.records import Beside
from tests.page.browsing import Step, Visit, visit
from tests.page.test_page import FETCHING, Page
from tests.session.asking.test_covered import TWO_ANSWERS
from tests.support import TraceText
from tests.tools.tracing import trace_with

CUT = "01_grad_modes"
SECOND = "document.querySelectorAll('.stepper')[3]"
"""The first picture on the page about no_grad."""


def runs_of(lecture: Lecture, trace: TraceText) -> dict[str, Run]:
    return {name: Run(trace(text)) for name, text in lecture.programs.items()}


def changed_of(lecture: Lecture, tracer: Tracer) -> dict[tuple[str, Beside], Run]:
    found = {}
    for name, beside in lecture.what_ifs():
        text = lecture.programs[name]
        changes = changes_of(beside, text)
        found[name, beside] = Run(trace_with(tracer, text, what_if=changes))
    return found


@pytest.fixture(scope="module")
def page(trace: TraceText, tracer: Tracer) -> bytes:
    whole = lecture(CUT)
    return lecture_page(whole, runs_of(whole, trace), changed=changed_of(whole, tracer))


def test_it_has_the_texts_the_programs_and_the_scenes(page: bytes) -> None:
    read = Page(page.decode())
    assert read.stray == []
    assert not [one for one in read.attributes if one[0] in FETCHING and not one[1].startswith("#")]
    for words in ("no_grad: nothing is recorded", "x2 = lin1(x1)", "gradient stops here",
                  "Which of these get a gradient?", "Gradients at the end of the run"):  # fmt: skip
        assert words in read.text
    assert read.tags.count("figure") == 9 + 16  # programs, and pictures
    assert len(page) < 300_000


def test_the_scenes_of_a_program_share_their_parts(page: bytes) -> None:
    text = page.decode()
    steps = json.loads(text.partition('id="steps">')[2].partition("</script>")[0])
    first, second, *_ = (set(step["parts"]) for step in steps)
    assert len(first & second) > len(first) / 4
    ids = [value for name, value in Page(text).attributes if name == "id" and "part-" in value]
    assert len(ids) == len(set(ids)) >= max(part for step in steps for part in step["parts"])


def test_options_leave_parts_out_and_choose_the_ground(trace: TraceText) -> None:
    whole = lecture(CUT)
    bare = PageOptions("dark", questions=False, code=False, gradients=False)
    text = lecture_page(whole, runs_of(whole, trace), bare).decode()
    read = Page(text)
    assert 'data-theme="dark"' in text
    assert "As the system has it" not in text
    assert "form" not in read.tags
    assert "table" not in read.tags
    assert "torch.manual_seed(0)" not in read.text
    assert "It cuts." in read.text  # what follows a question is there without it


TEXT = """\
# <b>Bad</b> & odd

<script>alert(1)</script> [a](javascript:alert(2)) [b](https://pytorch.org)

```python
import torch
x = torch.ones(2, requires_grad=True)
y = x * 2
raise ValueError("</p><script>alert(3)</script>")
```

![](scene:gone)
![](scene:old)

## What is recorded?
<!-- ask: recorded -->

- `y = x * 2`
- `z = x * 3`
"""
SCENES = """{"version": 1, "scenes": [{"name": "old", "sentence": "It was here.", "moment":
{"kind": "operation", "name": "mul", "code": "z = x * 3", "line": 9}}]}"""


def test_bad_input_is_marked_and_the_rest_works(trace: TraceText) -> None:
    bad = lecture_of("bad", {"lecture.md": TEXT, "scenes.json": SCENES})
    text = lecture_page(bad, runs_of(bad, trace)).decode()
    read = Page(text)
    assert read.stray == []
    assert "alert(3)" in read.text  # as a text
    assert "ValueError on line 4" in read.text
    assert "There is no scene “gone” in this lecture." in read.text
    assert "⚠ This scene no longer fits the run: line 9 is gone. It was here." in read.text
    assert "⚠ The run does not answer this: This line is no longer in the snippet." in read.text
    assert [value for name, value in read.attributes if name == "href" and "#" not in value] == [
        "https://pytorch.org"
    ]


@pytest.mark.parametrize(("after", "said"), [("", 1), ("\nIt ends, in words.\n", 0)])
def test_a_sentence_is_below_its_picture_unless_text_is(
    trace: TraceText, after: str, said: int
) -> None:
    scenes = '{"version": 1, "scenes": [{"name": "end", "sentence": "It ends."}]}'
    text = f"# A\n\n```python\nimport torch\ntorch.ones(2).exp()\n```\n\n![](scene:end)\n{after}"
    whole = lecture_of("told", {"lecture.md": text, "scenes.json": scenes})
    page = lecture_page(whole, runs_of(whole, trace)).decode()
    assert page.count(">It ends.</p>") == said
    assert page.count('"sentence":"It ends."') == 1  # for who steps there from another scene


@pytest.mark.parametrize(
    ("snippet", "lines", "unknown"), [("", [3, 4], 0), ("a.py", [3], 1), ("b.py", [4], 1)]
)
def test_a_scene_is_shown_for_each_program_that_it_is_of(
    trace: TraceText, snippet: str, lines: list[int], unknown: int
) -> None:
    page = "# A\n\n[program]({name})\n\n![](scene:twice)\n\n"
    programs = {
        "a.py": "import torch\ny = torch.ones(2, requires_grad=True)\ny = y * 2\n",
        "b.py": "import torch\n\ny = torch.ones(2, requires_grad=True)\ny = y * 2\n",
    }
    moment = {"kind": "operation", "name": "mul", "code": "y = y * 2"}
    scene = {"name": "twice", "snippet": snippet, "moment": moment}
    files = {
        "lecture.md": "".join(page.format(name=name) for name in programs),
        "scenes.json": json.dumps({"version": 1, "scenes": [scene]}),
    }
    whole = lecture_of("two", programs | files)
    text = lecture_page(whole, runs_of(whole, trace)).decode()
    steps = json.loads(text.partition('id="steps">')[2].partition("</script>")[0])
    assert [step["line"] for step in steps] == lines
    assert text.count('class="stepper"') == len(lines)
    assert text.count("The scene “twice” is one of") == unknown


def test_a_free_part_is_lit_as_in_the_window(trace: TraceText) -> None:
    thing = {"kind": "operation", "name": "exp", "code": "y = x.exp()"}
    part = {"thing": thing, "x": 10, "y": -5, "width": 300, "height": 80}
    scenes = [{"name": "thing", "spotlight": thing}, {"name": "free", "part": part}]
    text = (
        "# A\n\n```python\nimport torch\nx = torch.ones(2)\ny = x.exp()\n```\n\n![](scene:free)\n"
    )
    files = {"lecture.md": text, "scenes.json": json.dumps({"version": 1, "scenes": scenes})}
    whole = lecture_of("lit", files)
    page = lecture_page(whole, runs_of(whole, trace)).decode()
    steps = json.loads(page.partition('id="steps">')[2].partition("</script>")[0])
    around, free = (step["focus"] for step in steps)
    assert free[2:] == [300, 80]
    beside = [free[at] + free[at + 2] / 2 - around[at] - around[at + 2] / 2 for at in (0, 1)]
    assert beside == pytest.approx([10, -5])
    assert page.count('class="hole"') == 2


def covered_page(trace: TraceText, program: str) -> bytes:
    """Return the page of a scene that is covered, at a moment that says how backward went."""
    moment = {"kind": "step", "name": "SumBackward0", "code": "loss.backward()"}
    cut = {"kind": "cut", "name": "linear", "code": "x2 = lin1(x1)"}
    scene = {"name": "asked", "covered": True, "moment": moment, "spotlight": cut,
             "level": "autograd", "numbers": True,
             "asks": {"topic": "lines", "thing": {"kind": "line", "code": "x2 = lin1(x1)"}},
             }  # fmt: skip
    whole = lecture_of("asked", {
        "lecture.md": f"# A\n\n```python\n{program}```\n\n![](scene:asked)\n",
        "scenes.json": json.dumps({"version": 1, "scenes": [scene]}),
    })  # fmt: skip
    return lecture_page(whole, runs_of(whole, trace), PageOptions(gradients=False))


def parts_of(page: bytes, which: str) -> set[str]:
    """Return all texts and colours of the first step's `parts` or `answers`."""
    text = page.decode()
    step = json.loads(text.partition('id="steps">')[2].partition("</script>")[0])[0]
    drawn = [text.partition(f'<g id="part-{n}">')[2].partition('<g id="part-')[0]
             for n in step[which]]  # fmt: skip
    return {word for one in drawn for word in re.findall(r'>([^<>]+)<|class="([^"]+)"', one)}


def test_a_covered_scene_is_covered_until_its_answers_are_wanted(trace: TraceText) -> None:
    """Two runs with other answers have the same texts and colours, titles and all."""
    one, other = (covered_page(trace, program) for program in TWO_ANSWERS)
    assert parts_of(one, "parts") == parts_of(other, "parts")
    assert len(parts_of(one, "answers") ^ parts_of(other, "answers")) > 5
    steps = one.decode().partition('id="steps">')[2].partition("</script>")[0]
    assert json.loads(steps)[0]["line"] is None
    asked = json.loads(steps)[0]["question"]
    assert asked.startswith("Will `x2 = lin1(x1)` be recorded? recorded · skipped — no_grad · ")
    shown = re.findall('<use href="#part-([0-9]+)"', one.decode())
    assert [*map(int, shown)] == json.loads(steps)[0]["parts"]


def test_a_scene_is_beside_another_program_or_a_what_if(trace: TraceText, tracer: Tracer) -> None:
    """Without such a run it is alone, and says so."""
    line = {"kind": "without", "line": 8, "code": "with torch.set_grad_enabled(not off):"}
    scenes = [{"name": "a", "beside": {"what_if": [line]}, "snippet": "one.py"},
              {"name": "b", "beside": {"program": "two.py"}, "snippet": "one.py"}]  # fmt: skip
    whole = lecture_of("beside", {
        "one.py": TWO_ANSWERS[0], "two.py": TWO_ANSWERS[1],
        "lecture.md": "# A\n\n[p](one.py)\n\n![](scene:a)\n",
        "scenes.json": json.dumps({"version": 1, "scenes": scenes}),
    })  # fmt: skip
    runs = runs_of(whole, trace)
    page = lecture_page(whole, runs, changed=changed_of(whole, tracer))
    alone = lecture_page(whole, {"one.py": runs["one.py"]})
    steps, lone = (
        json.loads(one.decode().partition('id="steps">')[2].partition("</script>")[0])
        for one in (page, alone)
    )
    assert [step["missing"] for step in steps] == ["", ""]
    assert all("there is no run of" in step["missing"] for step in lone)
    wide, narrow = ([step["box"][2] for step in one] for one in (steps, lone))
    assert min(wide) > 1.9 * max(narrow)
    texts = Page(page.decode()).text
    for words in ("as written", "line 8: set_grad_enabled off", "one.py", "two.py", "≠"):
        assert words in texts


def test_markdown_becomes_markup() -> None:
    text = "A *b* **c** `d<`\n\n1. x\n2. y\n\n- [e](f.md)\n\n```\n<i>\n```\n\n|a|\n|-|\n|1|\n"
    assert prose(text) == (
        "<p>A <em>b</em> <strong>c</strong> <code>d&lt;</code></p><ol><li><p>x</p></li>"
        "<li><p>y</p></li></ol><ul><li><p>e</p></li></ul><pre>&lt;i&gt;\n</pre>"
        "<table><thead><tr><th>a</th></tr></thead><tbody><tr><td>1</td></tr></tbody></table>"
    )


# --------------------------------------------------------------------------- in a real browser


def js(expression: str) -> Step:
    return "js", expression


PLACE = f"{SECOND}.querySelector('.place').textContent"
SENTENCE = f"{SECOND}.querySelector('.sentence').textContent"
PARTS = f"{SECOND}.querySelectorAll('svg use').length"
LIT = "[...document.querySelectorAll('.code > li.lit code')].map(one => one.textContent)"
NEXT = ".page:nth-of-type(2) .stepper [data-by='1']"


def see(page: bytes, tmp_path: Path, *steps: Step, width: int = 1280) -> Visit:
    path = tmp_path / "page.html"
    path.write_bytes(page)
    seen = visit(path, *steps, width=width)
    assert (seen.console, seen.fetched) == ([], [])
    return seen


SIGNS = (
    f"[...{SECOND}.querySelectorAll('use')].map(one => document.querySelector("
    "one.getAttribute('href')).textContent.split('≠').length - 1).reduce((a, b) => a + b)"
)
LATE = "document.querySelector('.afterwards .stepper svg').getBoundingClientRect().height"


@pytest.mark.needs("browser")
def test_it_steps_with_buttons_and_keys(page: bytes, tmp_path: Path) -> None:
    seen = see(
        page, tmp_path,
        js(PLACE), js(SENTENCE), js(PARTS), js(LIT),
        ("click", NEXT), ("wait", f"{PLACE}[0] === '2'"), js(PLACE), js(SENTENCE),
        js(f"{SECOND}.focus()"), ("key", "Left"), ("wait", f"{PLACE}[0] === '1'"), js(PLACE),
        ("key", "Right"), ("wait", f"{PLACE}[0] === '2'"), ("key", "Right"),
        ("wait", f"{PLACE}[0] === '3'"), ("key", "Right"), js(PLACE), js(SIGNS), js(LATE),
        js("document.querySelectorAll('.question')[0].querySelector('.check').click()"),
        ("wait", f"{LATE} > 100"),
    )  # fmt: skip
    first, said, parts, lit, second, cut, _, back, last, signs, hidden, _ = seen.results
    assert first == "1 of 3: not recorded"
    assert said == ""  # the text of the lecture follows
    assert parts > 10
    assert "    x2 = lin1(x1)" in lit
    assert (second, cut) == ("2 of 3: the cut", "x2 has no grad_fn: the gradient stops here.")
    assert (back, last) == (first, "3 of 3: without the block")
    assert signs == 3  # rows that differ: what is compared is drawn
    assert hidden == 0  # until the question is checked


SWIPE = (
    f"(() => {{ const canvas = {SECOND}.querySelector('.canvas'); "
    "const touch = (x) => new Touch({ identifier: 1, target: canvas, clientX: x, clientY: 9 }); "
    "canvas.dispatchEvent(new TouchEvent('touchstart', { touches: [touch(200)] })); "
    "canvas.dispatchEvent(new TouchEvent('touchend', { changedTouches: [touch(90)] })); "
    f"return {PLACE}; }})()"
)


@pytest.mark.needs("browser")
def test_a_swipe_steps_and_a_phone_has_room_for_it(page: bytes, tmp_path: Path) -> None:
    fits = "document.documentElement.scrollWidth <= innerWidth"
    seen = see(page, tmp_path, js(SWIPE), js(fits), width=360)
    assert seen.results == ["2 of 3: the cut", True]


@pytest.mark.needs("browser")
def test_a_scene_is_whole_or_shows_what_it_is_about(page: bytes, tmp_path: Path) -> None:
    where = (
        f"(() => {{ const room = {SECOND}.querySelector('.canvas').getBoundingClientRect(); "
        f"const hole = {SECOND}.querySelector('svg').getBoundingClientRect(); "
        f"const step = JSON.parse(document.querySelector('#steps').textContent)[3]; "
        "const scale = hole.width / step.box[2]; "
        "const top = hole.top + (step.focus[1] - step.box[1]) * scale; "
        "const bottom = top + step.focus[3] * scale; "
        "return [top > room.top, bottom < room.bottom, hole.height < room.height + 2]; })()"
    )
    high = see(page, tmp_path, js(where)).results[0]
    assert high == [True, True, True]  # all of it is seen
    low = visit(tmp_path / "page.html", js(where), height=500).results[0]
    assert low == [True, True, False]


@pytest.mark.needs("browser")
def test_a_covered_scene_is_turned_over_by_button_and_key(trace: TraceText, tmp_path: Path) -> None:
    parts = "[...document.querySelectorAll('.stepper use')].map(one => one.href.baseVal).join()"
    turn = "document.querySelector('.turn').textContent"
    figure = "document.querySelector('.stepper')"
    seen = see(
        covered_page(trace, TWO_ANSWERS[0]), tmp_path,
        js(parts), js(turn), ("click", ".turn"), ("wait", f"{turn}[0] === 'C'"), js(parts),
        js(f"{figure}.focus()"), ("key", "Space"), ("wait", f"{turn}[0] === 'S'"), js(parts),
    )  # fmt: skip
    covered, words, answers, _, again = seen.results
    assert words == "Show the answers"
    assert covered == again != answers


FORM = "document.querySelector('.question')"
ANSWERS = f"[...{FORM}.querySelectorAll('.answer b')].map(one => one.textContent)"
AFTER = f"{FORM}.nextElementSibling.getBoundingClientRect().height"
ANSWER_HEIGHT = f"{FORM}.querySelector('.answer').getBoundingClientRect().height"


@pytest.mark.needs("browser")
def test_it_asks_and_checks(page: bytes, tmp_path: Path) -> None:
    box = ".question div:nth-of-type({}) input"
    score = f"{FORM}.querySelector('.score').textContent"
    ticked = f"{FORM}.querySelectorAll('input:checked').length"
    seen = see(
        page, tmp_path,
        js(AFTER), js(ANSWER_HEIGHT), ("click", box.format(1)), ("wait", f"{ticked} === 1"),
        ("click", box.format(3)), ("wait", f"{ticked} === 2"),
        ("click", ".check"), ("wait", f"{score} !== ''"), js(score), js(ANSWERS),
        js(f"{AFTER} > 0"),
        ("click", box.format(1)), ("wait", f"{ticked} === 1"), js(score), js(AFTER),
    )  # fmt: skip
    assert seen.results == [
        0, 0, "2 of 3 right", ["Wrong.", "Right.", "Right."], True, "", 0
    ]  # fmt: skip


def test_without_runs_the_text_is_there_all_the_same() -> None:
    whole = lecture(CUT)
    read = Page(lecture_page(replace(whole, scenes=()), {}).decode())
    assert "Where" not in read.text
    assert "no_grad: nothing is recorded" in read.text
    assert read.text.count("There is no scene") == 16
