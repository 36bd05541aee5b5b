"""The deletion brake: how much may go before a person is asked."""

from dataclasses import dataclass

# A loss is measured over so many days, so that a little every day adds up.
SPAN_DAYS = 7
# A share (in per cent) that needs a person in a location of any size.
MOST = 50


@dataclass(frozen=True)
class Verdict:
    """The brake's verdict on some deletions.

    `gone` are to be deleted, `lost` were deleted within the span, `mirrored` live now.
    """

    gone: int
    lost: int
    mirrored: int
    limit: int
    beyond: bool

    @property
    def share(self) -> float:
        """Per cent of the span's contacts that would be lost."""
        return share_of(self.gone + self.lost, self.mirrored + self.lost)


@dataclass(frozen=True)
class Brake:
    """The limits as the settings say.

    :param int limit: per cent of the contacts that may go within the span
    :param int minimum: so many may always go, unless they are most of all
    """

    limit: int
    minimum: int

    def evaluate(self, gone: int, lost: int, mirrored: int) -> Verdict:
        """Decide whether a person must agree.

        :param gone: contacts that would be deleted now
        :param lost: contacts deleted within the span that nobody has agreed to
        :param mirrored: live contacts, `gone` included
        """
        total, share = gone + lost, share_of(gone + lost, mirrored + lost)
        beyond = bool(gone) and (
            gone >= mirrored
            or share > max(self.limit, MOST)
            or (total > self.minimum and share > self.limit)
        )
        return Verdict(gone, lost, mirrored, self.limit, beyond)


def share_of(part: int, whole: int) -> float:
    """Return a share in per cent; of nothing, any part is all of it."""
    if not whole:
        return 100.0 if part else 0.0
    return min(100.0, 100.0 * part / whole)
