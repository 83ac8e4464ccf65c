"""A round of questions: which one is asked, what was guessed, what has been turned over."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from app.session.asking.questions import RoomQuestion, Topic
from app.session.graph.payloads import GuessState

TOPICS: tuple[Topic, ...] = ("lines", "grads", "order")


class Score(NamedTuple):
    right: int
    guessed: int
    """The questions that were guessed and have been turned over."""


@dataclass(frozen=True, slots=True)
class Round:
    """Immutable: every step returns another round.

    Questions go by their number among all of the run, whichever topics are asked about.
    """

    questions: tuple[RoomQuestion, ...]
    topics: frozenset[Topic] = frozenset(("lines", "grads"))
    now: int | None = None
    """The question that is asked; None once all have been turned over."""
    turned: tuple[int, ...] = ()
    """In the order in which they were turned over."""
    guesses: Mapping[int, int] = field(default_factory=dict)
    """The option that was guessed, by question."""
    hands: Mapping[tuple[int, int], int] = field(default_factory=dict)
    """The hands that went up, by question and option."""
    keeps_score: bool = False

    @classmethod
    def of(cls, questions: tuple[RoomQuestion, ...]) -> Round:
        """Begin with the topics that there are questions about."""
        topics = frozenset(one.topic for one in questions)
        usual = topics - {"order"}
        return cls(questions, usual or topics)._from(0)

    @property
    def asked(self) -> tuple[int, ...]:
        """The questions about the chosen topics, in order."""
        return tuple(n for n, one in enumerate(self.questions) if one.topic in self.topics)

    @property
    def question(self) -> RoomQuestion | None:
        return None if self.now is None else self.questions[self.now]

    @property
    def is_over(self) -> bool:
        """Whether every question has been turned over."""
        return self.now is None

    @property
    def score(self) -> Score:
        guessed = [n for n in self.turned if n in self.guesses and n in self.asked]
        right = sum(self.guesses[n] == self.questions[n].answer for n in guessed)
        return Score(right, len(guessed))

    def guess_state(self, number: int) -> GuessState:
        """Return the state of the guess at a question; empty without a guess."""
        guess = self.guesses.get(number)
        if guess is None:
            return ""
        if number not in self.turned:
            return "taken"
        return "right" if guess == self.questions[number].answer else "other"

    def _from(self, number: int) -> Round:
        """Ask the first question at or after this one that is covered, else the first of all."""
        left = [n for n in self.asked if n not in self.turned]
        after = (n for n in left if n >= number)
        return replace(self, now=next(after, left[0] if left else None))

    def ask(self, number: int) -> Round:
        """Ask this question next, unless it has been turned over or is of another topic."""
        is_covered = number in self.asked and number not in self.turned
        return replace(self, now=number) if is_covered else self

    def skip(self) -> Round:
        return self if self.now is None else self._from(self.now + 1)

    def guess(self, option: int) -> Round:
        """Take an option as the guess; the same one again takes it back."""
        if self.question is None or not 0 <= option < len(self.question.options):
            return self
        guesses = dict(self.guesses)
        if guesses.pop(self.now, None) != option:  # type: ignore[arg-type]
            guesses[self.now] = option  # type: ignore[index]
        return replace(self, guesses=guesses)

    def count_hands(self, option: int, count: int) -> Round:
        """Set the hands that went up for an option of the question; 0 is none."""
        if self.now is None:
            return self
        return replace(self, hands={**self.hands, (self.now, option): count})

    def turn_over(self) -> Round:
        if self.now is None:
            return self
        return replace(self, turned=(*self.turned, self.now))._from(self.now + 1)

    def cover_again(self) -> Round:
        """Cover what was turned over last, and ask about it."""
        if not self.turned:
            return self
        *before, last = self.turned
        again = replace(self, turned=tuple(before), now=last)
        return again if last in self.asked else again._from(0)

    def about(self, topic: Topic, wanted: bool) -> Round:
        """Ask about a topic too, or no longer.  One is always asked about."""
        topics = self.topics | {topic} if wanted else self.topics - {topic}
        if not any(one.topic in topics for one in self.questions):
            return self
        changed = replace(self, topics=topics)
        return changed if self.now in changed.asked else changed._from(self.now or 0)
