"""Refusals of GoHighLevel's OAuth, and what they mean for the connection.

The words of its answers decide: the same status stands for a refresh token that is
revoked, a client secret that is wrong, and an account that is paused.
"""

from __future__ import annotations

import re
from typing import Any

from ..errors import GhlAuthError, GhlError, GhlNotFound, GhlScopeError

_PAUSED = re.compile(r"location is not active", re.IGNORECASE)
_REVOKED = re.compile(
    r"invalid[ _]grant|refresh ?token\b.{0,200}"
    r"\b(?:invalid|expired|revoked|not found|used)"
    r"|(?:invalid|expired|revoked|unknown) refresh ?token"
    r"|authorization code",
    re.IGNORECASE,
)
_CLIENT = re.compile(r"client|secret|app(?:lication)? not", re.IGNORECASE)
_NOT_HERE = re.compile(
    r"not installed|location (?:was )?not found|invalid location", re.IGNORECASE
)
_OTHER_LANGUAGE = re.compile(
    r"missing parameter|invalid parameter: ?grant|api version|version header"
    r"|cannot (?:get|post)|should not exist|should not be empty",
    re.IGNORECASE,
)


class GhlGrantRefused(GhlAuthError):
    """The refresh token or authorization code is refused: a person must connect again.

    `certain` is ``False`` when the answer does not name it: that may be a slip.
    """

    code = "needs_reauth"
    token_expired = False
    certain = True


class GhlLocationPaused(GhlError):
    """The sub-account is paused; the very same token works again later."""

    code = "location_paused"
    retryable = True


class GhlNotInstalled(GhlError):
    """The app is not installed on that location (any more)."""

    code = "not_installed"


def speaks_otherwise(err: GhlError) -> bool:
    """Tell whether an account may understand the other language."""
    if isinstance(err, GhlNotFound):
        return not _NOT_HERE.search(str(err))
    return bool(_OTHER_LANGUAGE.search(str(err)))


def grant_refusal(err: GhlError) -> GhlError:
    """Return what a refused token call means for the connection."""
    common: dict[str, Any] = {"status": err.status, "request_id": err.request_id}
    if _PAUSED.search(str(err)):
        return GhlLocationPaused(
            "GoHighLevel has paused this account; its connection works again as soon "
            "as the account does.",
            **common,
        )
    if _REVOKED.search(str(err)):
        return GhlGrantRefused(str(err), **common)
    if _CLIENT.search(str(err)):
        return GhlScopeError(
            "GoHighLevel does not accept the app's client id or client secret. "
            f"Check both. ({err})",
            code="bad_client",
            **common,
        )
    if err.status in (400, 401, 403) and not err.retryable:
        refused = GhlGrantRefused(str(err), **common)
        refused.certain = False
        return refused
    return err


def location_refusal(err: GhlError) -> GhlError:
    """Return what a refused exchange means for the location."""
    common: dict[str, Any] = {"status": err.status, "request_id": err.request_id}
    if _PAUSED.search(str(err)):
        return GhlLocationPaused(
            "GoHighLevel has paused this location; its sync goes on when it is "
            "active again.",
            **common,
        )
    if _NOT_HERE.search(str(err)):
        return GhlNotInstalled(
            "The app is not installed on this location. Install it there from "
            "GoHighLevel's marketplace.",
            **common,
        )
    return err
