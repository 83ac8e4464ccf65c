"""Questions in, answers out: an object of JSON a line each, on standard input and output."""

from __future__ import annotations

import json
import os
import queue
import sys
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any

_NICENESS = 3
"""Lets the snippet that runs, and the window, come first."""

Question = dict[str, Any]


def serve(interpreter: str) -> None:
    """Answer questions until standard input ends.

    A question has `id`, `kind` and the arguments of the method of that name of `Answers`; its
    answer has the same `id` and `kind`.  Only the newest of a kind that waits is answered.
    """
    with suppress(AttributeError, OSError):
        os.nice(_NICENESS)
    questions: queue.SimpleQueue[Question] = queue.SimpleQueue()
    threading.Thread(target=_read, args=(questions,), daemon=True).start()
    from app.completion.answers import Answers

    answers = Answers(interpreter)
    warming = answers.warming()
    while True:
        if warming and questions.empty():
            _try(warming.pop(0))
            continue
        for question in _newest(questions):
            asked = {"id": question.pop("id"), "kind": question.pop("kind")}
            work = getattr(answers, asked["kind"])
            found = _try(work, **question)
            sys.stdout.write(json.dumps({**asked, **(found or {})}) + "\n")
            sys.stdout.flush()


def _read(questions: queue.SimpleQueue[Question]) -> None:
    for line in sys.stdin:
        questions.put(json.loads(line))
    os._exit(0)  # the window is gone, whatever jedi is at


def _newest(questions: queue.SimpleQueue[Question]) -> list[Question]:
    """Wait for a question; return the newest of each kind that has arrived."""
    waiting = {}
    question = questions.get()
    while True:
        waiting[question["kind"]] = question
        try:
            question = questions.get_nowait()
        except queue.Empty:
            return list(waiting.values())


def _try(work: Callable[..., Any], **question: Any) -> Any:
    """Return the answer, or None: jedi fails on some texts."""
    try:
        return work(**question)
    except Exception:
        return None
