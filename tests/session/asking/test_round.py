"""A round as it goes on: what is asked next, the guesses, the hands, the score."""

from __future__ import annotations

from app.session.asking.questions import Option, RoomQuestion, Topic
from app.session.asking.round import Round

_OPTIONS = (Option("yes", "yes", "check"), Option("no", "no", "close"))


def _question(topic: Topic, answer: int = 0) -> RoomQuestion:
    return RoomQuestion(topic, f"Is it {topic}?", _OPTIONS, answer, "It is.")


ROUND = Round.of(
    (_question("lines"), _question("lines", 1), _question("grads"), _question("order"))
)


def test_it_begins_with_the_lines_and_without_the_order() -> None:
    assert ROUND.now == 0
    assert ROUND.asked == (0, 1, 2)
    assert not ROUND.is_over


def test_cards_are_turned_over_in_order_and_covered_again_in_reverse() -> None:
    two = ROUND.turn_over().turn_over()
    assert (two.turned, two.now) == ((0, 1), 2)
    assert (two.cover_again().turned, two.cover_again().now) == ((0,), 1)
    over = two.turn_over()
    assert over.is_over
    assert over.turn_over() is over
    assert over.cover_again().now == 2


def test_a_card_that_was_skipped_comes_again_at_the_end() -> None:
    later = ROUND.skip().turn_over().turn_over()
    assert later.now == 0
    assert not later.is_over


def test_another_card_can_be_asked_first_unless_it_was_turned_over() -> None:
    assert ROUND.ask(2).now == 2
    assert ROUND.turn_over().ask(0).now == 1
    assert ROUND.ask(3).now == 0  # of a topic that is not asked about


def test_the_score_counts_guesses_that_were_turned_over() -> None:
    right = ROUND.guess(0).turn_over()
    assert right.guess_state(0) == "right"
    assert right.score == (1, 1)
    other = right.guess(0)
    assert other.guess_state(1) == "taken"
    assert other.score == (1, 1)
    assert other.turn_over().guess_state(1) == "other"
    assert other.turn_over().score == (1, 2)
    assert other.turn_over().turn_over().score == (1, 2)  # without a guess


def test_the_same_guess_again_takes_it_back() -> None:
    assert ROUND.guess(1).guess(1).guess_state(0) == ""
    assert ROUND.guess(1).guess(0).guesses == {0: 0}
    assert ROUND.guess(2) is ROUND  # there are two options


def test_hands_are_counted_for_the_question_and_do_not_score() -> None:
    counted = ROUND.count_hands(0, 9).count_hands(1, 13)
    assert counted.hands == {(0, 0): 9, (0, 1): 13}
    assert counted.turn_over().score == (0, 0)


def test_topics_can_be_changed_and_one_is_always_asked_about() -> None:
    grads = ROUND.about("lines", wanted=False)
    assert (grads.asked, grads.now) == ((2,), 2)
    assert grads.about("grads", wanted=False) is grads
    assert ROUND.about("order", wanted=True).asked == (0, 1, 2, 3)
