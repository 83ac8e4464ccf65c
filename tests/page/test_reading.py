"""The page as one reads it: a real browser, its mouse and its keys."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.page.html import page
from tests.gui.conftest import THREE_LAYERS
from tests.page.browsing import Step, Visit, visit
from tests.page.test_page import HOSTILE
from tests.support import TraceText

NESTED = """\
import torch
from torch import nn

class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.inner = nn.Sequential(nn.Linear(2, 2), nn.ReLU(), nn.Linear(2, 2), nn.Tanh())
        self.norm = nn.LayerNorm(2)
    def forward(self, x):
        return self.norm(x + self.inner(x))

net = nn.Sequential(*(Block() for _ in range(12)))
x = torch.ones(1, 2)
for step in range(3):
    net.zero_grad()
    net(x).sum().backward()
"""
DETAILS = "document.querySelector('.details')"
pytestmark = pytest.mark.needs("browser")

LIT = "[...document.querySelectorAll('.code > li.lit')].map(row => Number(row.dataset.lines))"


@pytest.fixture(scope="module")
def written(trace: TraceText, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The pages of three snippets."""
    folder = tmp_path_factory.mktemp("pages")
    texts = {"layers": THREE_LAYERS, "nested": NESTED, "hostile": HOSTILE}
    for name, text in texts.items():
        (folder / f"{name}.html").write_bytes(page(trace(text)))
    return {name: folder / f"{name}.html" for name in texts}


def js(expression: str) -> Step:
    return "js", expression


def wait(expression: str) -> Step:
    return "wait", expression


def click(selector: str) -> Step:
    return "click", selector


def key(name: str) -> Step:
    return "key", name


def quiet(found: Visit) -> Visit:
    assert (found.console, found.fetched) == ([], [])
    return found


def test_a_node_marks_its_line_and_says_how_torch_decided(written: dict[str, Path]) -> None:
    found = quiet(
        visit(
            written["layers"],
            click(".node[data-lines='10'][data-operation]"),
            wait(f"!{DETAILS}.hidden"),
            js(LIT),
            js(f"{DETAILS}.querySelector('.step-decided').textContent"),
            js(f"[...{DETAILS}.querySelectorAll('.facts dt')].map(one => one.textContent)"),
            key("Escape"),
            wait(f"{DETAILS}.hidden"),
            js(LIT),
        )
    )
    lit, decided, facts, after = found.results
    assert lit == [10]
    assert "Is grad mode on?" in decided
    assert "torch.no_grad() on line 9" in decided
    assert {"x1", "x2", "lin1.weight", "Function"} <= set(facts)
    assert after == []


def test_a_line_marks_its_nodes_and_a_fact_leads_on(written: dict[str, Path]) -> None:
    selected = "document.querySelector('.node.selected')?.dataset.key"
    found = quiet(
        visit(
            written["layers"],
            click(".code > li:nth-child(11)"),
            wait(f"{selected} !== undefined"),
            js("[...document.querySelectorAll('.node.lit title')].map(one => one.textContent)"),
            click(".details .facts .link"),
            wait(f"{DETAILS}.querySelector('h3').textContent === 'x2'"),
        )
    )
    (lit,) = found.results
    assert len(lit) == 1
    assert lit[0].startswith("linear, lin2, line 11")


def test_groups_unfold_and_fold_with_a_trail_back(written: dict[str, Path]) -> None:
    shown = "document.querySelectorAll('.graph .node').length"
    trail = "[...document.querySelectorAll('#trail li')].map(step => step.textContent)"
    found = quiet(
        visit(
            written["nested"],
            js(shown),
            click("#fold"),
            wait("document.querySelector('#fold').ariaPressed === 'true'"),
            js(shown),
            click(".node[data-open]"),
            wait("document.querySelectorAll('#trail li').length > 2"),
            js(trail),
            js("[...document.querySelectorAll('.graph .node')].some(n => n.dataset.operation)"),
            key("Escape"),
            wait("document.querySelectorAll('#trail li').length === 2"),
            click("#trail button"),
            wait("document.querySelector('#trail').hidden"),
            js(shown),
        )
    )
    first, folded, around, _, back = found.results
    assert folded < first == back
    assert around[0] == "The whole run"
    assert len(set(around)) == 3


def test_the_search_finds_inside_folded_groups(written: dict[str, Path]) -> None:
    found = quiet(
        visit(
            written["nested"],
            js("[...document.querySelectorAll('.graph .node')]"
               ".some(n => n.textContent.includes('inner.3'))"),
            click("#search"),
            *(key(letter) for letter in "TANH"),
            wait("document.querySelectorAll('#hits [role=option]').length > 1"),
            key("Down"), key("Return"),
            wait("document.querySelector('.node.selected') !== null"),
            js("document.querySelector('.node.selected title').textContent"),
        )
    )  # fmt: skip
    assert found.results[0] is False
    assert found.results[1].startswith("tanh")


def test_arrows_walk_the_graph_and_enter_asks(written: dict[str, Path]) -> None:
    focused = "document.activeElement.dataset.key"
    found = quiet(
        visit(
            written["layers"],
            js("document.querySelector('.graph .node[tabindex=\"0\"]').focus()"),
            js(focused),
            key("Down"),
            wait("document.activeElement.dataset.operation !== undefined"),
            key("Return"),
            wait(f"!{DETAILS}.hidden"),
            js(f"{DETAILS}.querySelector('h3').textContent"),
        )
    )
    assert found.results[-1] == "linear"


def test_the_gradients_sort_and_filter(written: dict[str, Path]) -> None:
    norm = "document.querySelector('.grads thead th:nth-child(3)')"
    names = (
        "[...document.querySelectorAll('.grads tbody tr:not([hidden]) th')].map(n => n.innerText)"
    )
    found = quiet(
        visit(
            written["layers"],
            js(names),
            click(".grads thead th:nth-child(3) button"),
            click(".grads thead th:nth-child(3) button"),
            wait(f"{norm}.ariaSort === 'descending'"),
            js(names),
            click("#only-none"),
            wait("document.querySelector('#filtered').textContent"),
            js(names),
            js("document.querySelector('#filtered').textContent"),
            height=1600,
        )
    )
    first, ordered, without, count = found.results
    assert ordered[:2] == ["lin2.bias", "lin2.weight"]
    assert set(without) == set(first) - {"lin2.bias", "lin2.weight"}
    assert count == "5 of 7"


def test_light_and_dark_are_a_choice(written: dict[str, Path]) -> None:
    ground = "getComputedStyle(document.body).backgroundColor"
    dark = visit(
        written["layers"],
        js(ground),
        click(".themes [data-theme=dark]"),
        wait("document.documentElement.dataset.theme === 'dark'"),
        js(ground),
    )
    assert quiet(dark).results == ["rgb(244, 246, 248)", "rgb(19, 22, 26)"]


def test_the_key_of_what_was_kept_does_not_overlap(written: dict[str, Path]) -> None:
    """In the font that the page measured it with, also outside the graph."""
    gaps = (
        "(() => { const box = (one) => one.getBoundingClientRect(); "
        "const lane = document.querySelector('.lane'); "
        "const [only, alive] = [...lane.querySelectorAll('text')].slice(-2).map(box); "
        "const [first, second] = [...lane.querySelectorAll('rect')].slice(-2).map(box); "
        "return [only.left - first.right, second.left - only.right, "
        "alive.left - second.right]; })()"
    )
    assert min(quiet(visit(written["layers"], js(gaps))).results[0]) > 2


@pytest.mark.parametrize("width", [1280, 390])
def test_nothing_sticks_out(written: dict[str, Path], width: int) -> None:
    opened = (click(".node[data-operation]"), wait(f"!{DETAILS}.hidden"))
    wide = js("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert quiet(visit(written["nested"], wide, *opened, wide, width=width)).results == [0, 0]


def test_a_hostile_snippet_does_nothing(written: dict[str, Path]) -> None:
    strange = js("document.querySelectorAll('img, a, iframe, object, embed').length")
    found = visit(
        written["hostile"],
        js("(window.alert = () => { window.harmed = true; }, 0)"),
        *(click(".node"), strange, click("#search"), key("S"), key("C"), strange),
        js("window.harmed === undefined"),
        js("document.querySelectorAll('script').length"),
    )
    assert quiet(found).results == [0, 0, 0, True, 4]


def test_it_can_be_read_without_its_script(written: dict[str, Path], tmp_path: Path) -> None:
    plain = tmp_path / "plain.html"
    text = written["layers"].read_text()
    plain.write_text(text.replace("script-src 'unsafe-inline'", "script-src 'none'"))
    found = visit(
        plain,
        js("[...document.querySelectorAll('.scripted')].every(n => n.offsetWidth === 0)"),
        js("document.querySelector('.graph').getBoundingClientRect().height > 300"),
    )
    assert found.results == [True, True]


CONTRAST = """(() => {
  const rgb = (text) => text.match(/[\\d.]+/g).map(Number)
    .map((c, place) => (text.startsWith('color(srgb') && place < 3 ? 255 * c : c));
  const light = ([r, g, b]) => [r, g, b].map((c) => c / 255)
    .map((c) => (c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4))
    .reduce((sum, c, place) => sum + c * [0.2126, 0.7152, 0.0722][place], 0);
  const ground = (one) => {
    for (let at = one; at; at = at.parentElement) {
      const color = rgb(getComputedStyle(at).backgroundColor);
      if (color.length === 3 || color[3] > 0) { return color; }
    }
    return [255, 255, 255];
  };
  const poor = [];
  for (const one of document.querySelectorAll("body *:not(svg *)")) {
    const own = [...one.childNodes].some((part) => part.nodeType === 3 && part.data.trim());
    if (own && one.offsetWidth && !one.closest("template, script")) {
      const [a, b] = [light(rgb(getComputedStyle(one).color)), light(ground(one))];
      const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
      if (ratio < 4.5) { poor.push(`${one.className} ${one.textContent.slice(0, 30)} ${ratio}`); }
    }
  }
  return poor;
})()"""


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_word_can_be_read(written: dict[str, Path], theme: str) -> None:
    found = visit(
        written["layers"],
        click(f".themes [data-theme={theme}]"),
        wait(f"document.documentElement.dataset.theme === '{theme}'"),
        click(".node[data-lines='10'][data-operation]"),
        wait(f"!{DETAILS}.hidden"),
        js(CONTRAST),
    )
    assert quiet(found).results == [[]]


def test_everything_that_can_be_pressed_has_a_name(written: dict[str, Path]) -> None:
    nameless = (
        "[...document.querySelectorAll('button, input, [role=button], [role=region]')].filter("
        "n => !(n.ariaLabel || n.textContent.trim() || n.labels?.length "
        "|| n.getAttribute('aria-labelledby'))).map(n => n.outerHTML.slice(0, 80))"
    )
    assert quiet(visit(written["nested"], js(nameless))).results == [[]]
