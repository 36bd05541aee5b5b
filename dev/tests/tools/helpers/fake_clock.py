"""Seconds that pass when a test says so."""


class FakeClock:
    """Tells `now`, which a test moves on."""

    def __init__(self, now: float):
        self.now = now

    def __call__(self) -> float:
        return self.now
