"""The bearer token that many threads share, and its renewal by just one of them."""

from __future__ import annotations

import threading
from collections.abc import Callable

from ..errors import GhlAuthError


class TokenHolder:
    """Current token; renewed at most once for each token that is refused.

    :param renew: given the refused token, returns another one (or the same one, to try
        it once more), or ``None`` when there is none to be had. Called by one thread at
        a time; the others wait for its result.
    """

    def __init__(self, token: str, renew: Callable[[str], str | None] | None) -> None:
        self._renew = renew
        self._renewing = threading.RLock()
        self._dead: str | None = None
        self._token = clean(token)

    def __repr__(self) -> str:
        return f"TokenHolder({'set' if self._token else 'empty'})"

    def set(self, token: str) -> None:
        """Use `token` from now on."""
        self._token = clean(token)

    def get(self) -> str:
        """Return the token to send.

        :raise GhlAuthError: there is none
        """
        token = self._token
        if not token:
            raise _error("No token is set.", "token_missing")
        return token

    def renewed(self, refused: str) -> str | None:
        """Return a token to use in place of `refused`, ``None`` when there is none."""
        with self._renewing:
            if self._token != refused:
                # Somebody else was faster.
                return self._token
            if self._renew is None or self._dead == refused:
                return None
            fresh = self._renew(refused)
            if fresh is None:
                self._dead = refused
                return None
            self._token = clean(fresh)
            return self._token


def clean(token: str) -> str:
    """Return `token` without the blanks and line ends that pasting brings along.

    :raise GhlAuthError: it holds what no HTTP header may hold
    """
    token = token.strip()
    if not token.isascii() or any(char <= " " or char == "\x7f" for char in token):
        # `requests` would quote the whole token in its own error.
        raise _error("The token has characters that no token has.", "token_malformed")
    return token


def _error(message: str, code: str) -> GhlAuthError:
    error = GhlAuthError(message, code=code)
    error.token_expired = False
    return error
