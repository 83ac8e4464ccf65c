"""Asking the room: the run without its answers, the cards with guesses, the turn of a card."""
