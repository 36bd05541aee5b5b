"""Errors between us and GoHighLevel, as types that a caller can tell apart.

::

    GhlError
    ├── GhlStopped               the caller's stop event was set; nothing is wrong
    ├── GhlAuthError             401: the token is expired, revoked or malformed
    ├── GhlDatabaseMoved         the credential belongs to another database
    ├── GhlTokenBusy             the token is being renewed; nothing sent
    ├── GhlScopeError            401/403: valid token, wrong kind, scope or location
    ├── GhlNotFound              404, or 400 with words to that effect
    ├── GhlRateLimited           429, or refused by our own governor beforehand
    ├── GhlServerError           5xx (and 408): theirs, passes
    │   └── GhlEdgeError         not the vendor's words: something on the way, passes
    ├── GhlTransportError        no connection, timeout, reset, truncated answer
    ├── GhlPayloadError          an answer that is no JSON, misshapen or too large
    │   └── GhlForeignRecords    an answer about another location
    └── GhlRequestError          400/422/3xx/…: repeating it will not help
        ├── GhlCursorRefused     400 to a request that carried ``searchAfter``
        └── GhlPageLimitRefused  the vendor names the page size as the reason

Messages are sentences for a person. They are masked on the way in (`redact`), so that
neither a token nor an e-mail address or phone number quoted by the vendor survives, and
hold no links (`foreign_text`).
"""

from __future__ import annotations

from datetime import datetime, timedelta

from .foreign_text import clean, without_links
from .redact import redact

# Longer vendor texts are cut: a message is shown on a page and stored with the run.
MAX_MESSAGE = 400


class GhlError(Exception):
    """Base of everything that `tools` raises about the vendor.

    :param str message: a sentence for a person; masked and shortened here
    :param int | None status: HTTP status, ``None`` when there was no answer
    :param str | None request_id: the vendor's ``traceId``, to quote to their support
    :param bool | None retryable: overrides the class's own answer
    :param float | None retry_after: seconds that the vendor asked us to wait
    :param str | None code: slug for programs, overrides the class's own
    """

    code = "ghl_error"
    retryable = False
    # The size of the page that was asked for, where it was one of a walk.
    page_limit: int | None = None

    def __init__(
        self,
        message: str,
        *,
        status: int | None = None,
        request_id: str | None = None,
        retryable: bool | None = None,
        retry_after: float | None = None,
        code: str | None = None,
    ) -> None:
        text = without_links(redact(clean(message, 4 * MAX_MESSAGE)))
        if len(text) > MAX_MESSAGE:
            text = text[: MAX_MESSAGE - 1] + "…"
        super().__init__(text)
        self.message = text
        self.status = status
        self.request_id = redact(clean(request_id, 100)) if request_id else None
        self.retry_after = retry_after
        if retryable is not None:
            self.retryable = retryable
        if code is not None:
            self.code = code

    def __repr__(self) -> str:
        return (
            f"{type(self).__name__}({self.message!r}, code={self.code!r},"
            f" status={self.status!r}, request_id={self.request_id!r})"
        )


class GhlStopped(GhlError):
    """The stop event was set while waiting or before sending."""

    code = "stopped"


class GhlAuthError(GhlError):
    """The token is not accepted; a new one (or a new authorization) is needed.

    `token_expired` is ``True`` when a refresh may help. `token_number` says which
    of a slice's tokens it was, where that may be another one by now.
    """

    code = "token_invalid"
    token_expired = True
    token_number: int | None = None


class GhlDatabaseMoved(GhlError):
    """The credential belongs to another database, of which this one may be a copy.

    Said before anything is sent; a person has to confirm that the database has moved.
    """

    code = "database_moved"


class GhlTokenBusy(GhlError):
    """The token is being renewed, and the caller cannot wait for that."""

    code = "token_busy"
    retryable = True


class GhlConnectionArchived(GhlError):
    """The connection is archived: said before anything is sent."""

    code = "connection_archived"


class GhlScopeError(GhlError):
    """The token is genuine but may not do this: scope, user type or location.

    Refreshing does not help; a person has to correct the set-up.
    """

    code = "token_scope"


class GhlNotFound(GhlError):
    """The vendor denies the thing that was asked for.

    `genuine` is ``True`` when the words deny the contact itself. Else the answer may
    come from a wrong address or a proxy rather than from the API: nothing may be taken
    for deleted on such an answer.
    """

    code = "not_found"

    def __init__(self, message: str, *, genuine: bool = True, **kw: object) -> None:
        super().__init__(message, **kw)  # type: ignore[arg-type]
        self.genuine = genuine


class GhlRateLimited(GhlError):
    """A limit of the vendor is used up.

    :param bool daily: the day's quota, or the share of it that we may use, rather than
        the short interval's
    :param float | None resume_at: wall time (epoch seconds) at which to go on.
        Whoever receives this error parks its work until then: what can be waited
        for has been waited for.
    """

    code = "rate_limited"
    retryable = True

    def __init__(
        self,
        message: str,
        *,
        daily: bool = False,
        resume_at: float | None = None,
        **kw: object,
    ) -> None:
        kw.setdefault("retryable", not daily)
        kw.setdefault("code", "daily_quota_spent" if daily else "rate_limited")
        super().__init__(message, **kw)  # type: ignore[arg-type]
        self.daily = daily
        self.resume_at = resume_at

    @property
    def resume_at_utc(self) -> datetime | None:
        """`resume_at` as a naive UTC datetime, the form that Odoo stores."""
        if self.resume_at is None:
            return None
        return datetime(1970, 1, 1) + timedelta(seconds=self.resume_at)


class GhlServerError(GhlError):
    """The vendor failed to answer properly; the same request may pass later."""

    code = "server_error"
    retryable = True


class GhlEdgeError(GhlServerError):
    """Something on the way answered in the vendor's place, whatever the status.

    A block page, a proxy's or a gateway's refusal says nothing about a token, a
    location or a contact, and may be gone a moment later.
    """

    code = "edge_answer"


class GhlTransportError(GhlError):
    """No complete answer came: refused, timed out, reset or truncated."""

    code = "transport_error"
    retryable = True


class GhlPayloadError(GhlError):
    """An answer came, but not one that can be used."""

    code = "payload_error"
    retryable = True


class GhlForeignRecords(GhlPayloadError):
    """The answer is about another location: a mix-up on the way, or the vendor's.

    Nothing of it may be stored, and nothing that it lacks is missing.
    """

    code = "foreign_records"


class GhlRequestError(GhlError):
    """The vendor refuses this very request; repeating it will not help."""

    code = "request_refused"


class GhlCursorRefused(GhlRequestError):
    """A request with ``searchAfter`` is refused (400, 404 or 422): go on without it."""

    code = "cursor_refused"


class GhlPageLimitRefused(GhlRequestError):
    """The vendor refuses this ``pageLimit``: ask for a smaller page."""

    code = "page_limit_refused"
