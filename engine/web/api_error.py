"""Answers of the JSON API other than success."""

from __future__ import annotations

from typing import Any

from werkzeug.exceptions import HTTPException


class ApiError(HTTPException):  # type: ignore[misc]
    """An answer of the JSON API other than success.

    An `HTTPException`, as Odoo lets only those pass out of authentication.

    :param actions: what helps, as the API shows it; by default what its slug says
    """

    def __init__(
        self,
        status: int,
        slug: str,
        message: str,
        headers: dict[str, str] | None = None,
        actions: list[dict[str, Any]] | None = None,
    ) -> None:
        super().__init__(message)
        self.code = status
        self.slug = slug
        self.headers = headers or {}
        self.actions = actions
