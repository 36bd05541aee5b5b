"""The vendor's refusals, in its own words and shapes."""

from typing import Any

NAMES = {
    400: "Bad Request",
    401: "Unauthorized",
    403: "Forbidden",
    404: "Not Found",
    409: "Conflict",
    422: "Unprocessable Entity",
    429: "Too Many Requests",
    500: "Internal Server Error",
    502: "Bad Gateway",
    503: "Service Unavailable",
    504: "Gateway Timeout",
}


class Refusal(Exception):
    """An error answer on its way to the client."""

    def __init__(
        self,
        status: int,
        message: str | list[str],
        *,
        body: Any = None,
        headers: dict[str, str] | None = None,
    ) -> None:
        super().__init__(str(message))
        self.status = status
        self.message = message
        self.headers = headers or {}
        self._body = body

    def body(self, trace_id: str) -> Any:
        """The JSON body of the answer."""
        if self._body is not None:
            return self._body
        return {
            "statusCode": self.status,
            "message": self.message,
            "error": NAMES.get(self.status, "Error"),
            "traceId": trace_id,
        }


def invalid(*messages: str) -> Refusal:
    """422, as the vendor's validator words it: a list of sentences."""
    return Refusal(422, list(messages))


def bad_request(message: str) -> Refusal:
    """400 with one sentence."""
    return Refusal(400, message)


def no_version() -> Refusal:
    """The ``Version`` header is missing: 401, not 400."""
    return Refusal(401, "version header was not found.")


def unknown_version(value: str) -> Refusal:
    """The ``Version`` header names no version."""
    return Refusal(400, f"Invalid API version segment '{value}' at position 0")


def invalid_jwt() -> Refusal:
    """The access token is unknown, expired or revoked."""
    return Refusal(401, "Invalid JWT")


def wrong_location() -> Refusal:
    """A good token, but for another location."""
    return Refusal(403, "The token does not have access to this location.")


def wrong_auth_class() -> Refusal:
    """A company's OAuth token where only a location's will do."""
    return Refusal(
        401,
        "This authClass type is not allowed to access this scope. "
        "Please reach out to the Integration team to update the IAM service.",
    )


def wrong_scope() -> Refusal:
    """The token lacks the scope."""
    return Refusal(401, "The token is not authorized for this scope.")


def too_many() -> Refusal:
    """Over the burst or the daily limit."""
    return Refusal(429, "Too Many Requests")
