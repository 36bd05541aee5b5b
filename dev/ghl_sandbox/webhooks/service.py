"""Turns edits into deliveries."""

from .keys import Keys


class Webhooks:
    """Keys for now; deliveries hang on it."""

    def __init__(self) -> None:
        self.keys = Keys()
