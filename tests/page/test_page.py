"""The page shows everything in any browser, and nothing of a trace becomes markup in it."""

from __future__ import annotations

import json
from dataclasses import replace
from html.parser import HTMLParser
from typing import Any

import pytest

from app.contract.records import Trace
from app.page.html import page
from app.page.markup import element
from app.page.metrics import PageFace
from app.page.scenes import backward
from app.session.graph.building import build
from app.session.run import Run
from tests.gui.conftest import THREE_LAYERS
from tests.session.chain_rule.opened_steps import SWISH, large, swish
from tests.support import TraceText

HOSTILE = '''\
import torch
from torch import nn

class Evil(nn.Module):
    """</code></style><script>alert(1)</script>"""
    def __init__(self):
        super().__init__()
        self.add_module('<img src=x onerror="alert(2)">', nn.Linear(2, 2))
    def forward(self, x):
        return next(iter(self.children()))(x)

net = Evil()
globals()['</text><script>alert(3)</script>'] = torch.ones(2, requires_grad=True)
y = net(globals()['</text><script>alert(3)</script>']).sum()  # ]]> --> <!-- &lt;
y.backward()
print("</pre><script>alert(4)</script>\\x00\\x1b[31m")
raise ValueError("</p><script>alert(5)</script><a href='javascript:alert(6)'>")
'''
FETCHING = {"src", "href", "action", "formaction", "poster", "data", "srcset", "background"}


class Page(HTMLParser):
    """What a browser would make of it: the tags, their attributes, and the text outside scripts."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self.open: list[str] = []
        self.texts: list[str] = []
        self.stray: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes.extend((name, value or "") for name, value in attrs)
        if tag not in ("meta", "input"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if not self.open or self.open.pop() != tag:
            self.stray.append(tag)

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] not in ("script", "style"):
            self.texts.append(data)

    def handle_comment(self, data: str) -> None:
        self.stray.append(data)

    @property
    def text(self) -> str:
        return "".join(self.texts)


def read(trace: Trace) -> Page:
    return Page(page(trace).decode())


def test_it_shows_the_snippet_the_graph_the_gradients_and_the_reasons(trace: TraceText) -> None:
    traced = trace(THREE_LAYERS)
    shown = read(traced)
    for line in THREE_LAYERS.splitlines():
        assert line in shown.text
    for said in (
        "skipped — no_grad, line 9", "lin0.weight", "gradient stops here — no_grad, line 9",
        "lin2.bias", "3 of 4 operations were recorded.", "torch 2.", "4 operations, ",
    ):  # fmt: skip
        assert said in shown.text, said
    for gradient in traced.gradients:
        assert gradient.why.text in shown.text
    drawn = [value for name, value in shown.attributes if name == "data-key"]
    assert set(build(Run(traced))) <= set(drawn)


def test_lines_of_the_snippet_and_of_the_graph_are_tied(trace: TraceText) -> None:
    shown = read(trace(THREE_LAYERS))
    tied = [value.split() for name, value in shown.attributes if name == "data-lines"]
    assert sum("10" in lines for lines in tied) >= 3  # the code, the node, a gradient's reason


def test_lines_that_did_not_run_say_so(trace: TraceText) -> None:
    found = read(trace("import torch\nif not torch:\n    x = 1  # never\n"))
    assert ("title", "Line 3 did not run. The if on line 2 was never true.") in found.attributes
    assert ("class", "quiet") in found.attributes
    assert "not run" in found.text


def test_a_hostile_snippet_stays_text(trace: TraceText) -> None:
    traced = trace(HOSTILE)
    assert traced.error is not None
    shown = read(traced)
    assert shown.tags.count("script") == 4  # what it does, and three of data
    assert "img" not in shown.tags
    assert "a" not in shown.tags
    assert shown.stray == shown.open == []
    assert [name for name, _ in shown.attributes if name.startswith("on")] == []
    for number in (1, 3, 4, 5):
        assert f"<script>alert({number})</script>" in shown.text
    assert "\x00" not in shown.text
    assert "\x1b" not in shown.text


def test_nothing_is_fetched_from_anywhere(trace: TraceText) -> None:
    for text in (THREE_LAYERS, HOSTILE):
        shown = read(trace(text))
        wanted = {value for name, value in shown.attributes if name in FETCHING}
        assert all(value.startswith(("#g-", "#part-")) for value in wanted)  # of the page itself
        assert "link" not in shown.tags
        assert "iframe" not in shown.tags
        policy = dict(shown.attributes)["content"]
        assert policy


@pytest.mark.parametrize(
    "text",
    [
        "x = 1",
        "x = (",
        "import torch\nx = torch.randn(2, requires_grad=True)\n(x * float('nan')).sum().backward()",
        "import torch\nx = torch.ones(2, dtype=torch.cfloat, requires_grad=True)\n"
        "(x * 1j).abs().sum().backward()",
        "import torch\nx = torch.ones(300, requires_grad=True)\nx.sum().backward()",
        "import torch\nfrom torch import nn\n"
        "net = nn.Sequential(*(nn.Sequential(nn.Linear(2, 2), nn.ReLU()) for _ in range(60)))\n"
        "net(torch.ones(1, 2)).sum().backward()",
    ],
    ids=["no tensors", "no Python", "NaN", "complex", "large", "folded"],
)
def test_every_kind_of_run_has_its_page(trace: TraceText, text: str) -> None:
    shown = read(trace(text))
    assert shown.stray == shown.open == []
    assert text.split("\n")[0] in shown.text


def test_halves_of_characters_do_not_break_it(trace: TraceText) -> None:
    traced = trace("x = 1")
    broken = replace(traced, snippet=replace(traced.snippet, text="x = '\ud800'"))
    assert "x = " in read(broken).text


def test_what_is_not_ours_is_escaped_in_attributes_too() -> None:
    assert element("p", title='"><b') == '<p title="&quot;&gt;&lt;b"></p>'


def test_a_large_run_gives_a_page_that_can_be_sent(trace: TraceText) -> None:
    text = (
        "import torch\nfrom torch import nn\n"
        "net = nn.Sequential(*(nn.Sequential(nn.Linear(2, 2), nn.ReLU()) for _ in range(220)))\n"
        "for step in range(12):\n    net(torch.ones(1, 2)).sum().backward()\n"
    )
    made = page(trace(text))
    shown = Page(made.decode())
    assert len(made) < 3_000_000
    assert "groups are not on this page" in shown.text
    assert "40 more are not on this page" in shown.text  # of 440 gradients
    assert ("data-open", "-1") in shown.attributes


def test_a_what_if_says_so(trace: TraceText) -> None:
    traced = trace(THREE_LAYERS, mode="no-grad")
    assert "What if: no_grad everywhere" in read(traced).text


@pytest.mark.parametrize("name", ["n" * 100_000, "漢" * 100_000])
def test_a_name_of_any_length_is_cut_to_its_room(name: str) -> None:
    """By its width, not letter by letter: 64 of them took minutes."""
    face = PageFace(12, bold=False, mono=False)
    cut = face.elided(name, 80)
    assert face.width(cut) <= 80 < face.width(cut + name[0])
    assert cut.count("…") == 1
    assert abs(cut.index("…") - (len(cut) - 1 - cut.index("…"))) <= 1


@pytest.mark.parametrize(
    ("text", "shown", "left_out"),
    [
        ("x = 1\n" * 12_345, 10_000, "2,345 more are not on this page"),
        ("x = 1; " * 100_000, 1, ""),
        ("x = 1\n" * 10_000, 10_000, ""),
    ],
    ids=["lines", "one line", "just"],
)
def test_a_long_text_is_cut_to_what_a_page_can_have(
    trace: TraceText, text: str, shown: int, left_out: str
) -> None:
    short = trace(THREE_LAYERS)
    long = page(replace(short, snippet=replace(short.snippet, text=text), lines=None)).decode()
    assert long.count('<span class="number">') == shown
    assert ("more are not on this page" in long) == bool(left_out)
    assert left_out in long
    assert len(long) < 20_000_000


def test_a_name_that_fits_is_whole() -> None:
    face = PageFace(12, bold=False, mono=False)
    assert face.elided("weight", face.width("weight")) == "weight"
    assert face.elided("weight", face.width("weight") - 1) == "we…t"
    assert face.elided("weight", 5) == "…"


def test_the_page_draws_what_was_kept_for_backward(trace: TraceText) -> None:
    shown = Page(page(trace(THREE_LAYERS)).decode())
    assert ("class", "lane") in shown.attributes
    label = next(
        value for name, value in shown.attributes if name == "aria-label" and "at most" in value
    )
    assert label.startswith("Kept for backward: ")
    assert {"only for backward", "alive anyway"} <= {text.strip() for text in shown.texts}
    nothing = Page(page(trace("import torch\ntorch.ones(2) + 1\n")).decode())
    assert ("class", "lane") not in nothing.attributes


def test_it_steps_through_backward_with_the_node_open(trace: TraceText) -> None:
    """With the numbers that the trace has, or those that torch gave when it was asked."""
    traced = trace(SWISH)
    text = page(traced).decode()
    steps = steps_of(text)
    names = [step.grad_fn for step in traced.backward_passes[0].steps]
    assert [step["name"] for step in steps] == [*names[:-1], "w"]
    assert [step["line"] for step in steps] == [10] * 5
    assert "`a` was used 2 times, on lines 7 and 8." in steps[3]["sentence"]
    assert "What arrives" in drawn(text, steps[3])
    assert "Times the local derivative," not in drawn(text, steps[3])
    asked = page(traced, lambda place: swish() if place[1] == 4 else large()).decode()
    assert "Times the local derivative," in drawn(asked, steps_of(asked)[3])


def test_a_page_has_as_many_steps_as_there_is_room_for(
    trace: TraceText, monkeypatch: pytest.MonkeyPatch
) -> None:
    traced = trace(SWISH)
    monkeypatch.setattr(backward, "_ROOM", 5_000)
    text = page(traced).decode()
    count = len(steps_of(text))
    assert 0 < count < 5
    assert f"nly the first {count} steps of 5 are on this page, to keep it small." in text


def test_without_backward_there_are_no_steps(trace: TraceText) -> None:
    text = page(trace("import torch\ntorch.ones(2).exp()")).decode()
    assert steps_of(text) == []
    assert 'class="stepper"' not in text


def steps_of(text: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(
        text.partition('id="steps">')[2].partition("</script>")[0]
    )
    return found


def drawn(text: str, step: dict[str, Any]) -> str:
    """Return the drawing of a step."""
    return "".join(
        text.partition(f'<g id="part-{n}">')[2].partition('<g id="part-')[0] for n in step["parts"]
    )
