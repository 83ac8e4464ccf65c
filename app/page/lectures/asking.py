"""A question of a lecture: answered and checked in the browser, by what the run says."""

from __future__ import annotations

from app.page.markup import Markup, element
from app.page.tables import with_code
from app.session.language import tr
from app.session.lectures.lecture import Page
from app.session.lectures.questions import Answer, answers
from app.session.run import Run


def question(page: Page, run: Run) -> Markup:
    """Return a form; the script checks it.  Without scripts the answers can be opened."""
    asked = page.question
    assert asked is not None
    found = answers(asked, run)
    rows = map(_option, asked.options, found)
    button = element("button", tr("Check"), type="button", class_="scripted check")
    said = element("output", class_="score", aria_live="polite")
    note = element("span", tr("The answers are read off the run."), class_="quiet scripted")
    return element(
        "form", element("fieldset", element("legend", asked.text), *rows),
        element("p", button, " ", said, note), class_="question",
    )  # fmt: skip


def _option(option: str, answer: Answer) -> Markup:
    """Return an option with its answer; what the run does not give is said at once."""
    if answer.holds is None:
        words = f"⚠ {tr('The run does not answer this:')} {answer.reason}"
        return element("div", element("code", option), element("p", with_code(words)))
    box = element("input", type="checkbox", data_holds=answer.holds)
    word = tr("Yes.") if answer.holds else tr("No.")
    reason = element("p", element("b", word), " ", with_code(answer.reason), class_="answer")
    return element("div", element("label", box, " ", element("code", option)), reason)
