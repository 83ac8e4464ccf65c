"""The scenes of a lecture's pages, and what is said where there is none."""

from __future__ import annotations

import json

import pytest

from app.session.lectures.reading import lecture_of


@pytest.mark.parametrize(
    ("page", "words"),
    [
        ("[p](a.py)\n\n![](scene:gone)", "There is no scene “gone” in this lecture."),
        (
            "[p](a.py)\n\n![](scene:the-cut)",
            "The scene “the-cut” is one of b.py, and this page is about a.py.",
        ),
        ("![](scene:the-cut)", "This page has no program, so it cannot show the scene “the-cut”."),
    ],
)
def test_a_scene_that_a_page_cannot_show_is_said_with_its_reason(page: str, words: str) -> None:
    scenes = {"version": 1, "scenes": [{"name": "The cut", "snippet": "b.py"}]}
    files = {"a.py": "", "b.py": "", "scenes.json": json.dumps(scenes)}
    whole = lecture_of("mine", {**files, "lecture.md": f"# T\n\n{page}\n"})
    ((found, block),) = whole.unknown_scenes()
    assert whole.scene(found, block.text) is None
    assert whole.why_unknown(found, block.text) == words
