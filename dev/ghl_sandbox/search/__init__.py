"""``POST /contacts/search``: the request, its filters, its order and its pages."""

from .engine import SearchEngine
from .request import SearchRequest, parse_request

__all__ = ["SearchEngine", "SearchRequest", "parse_request"]
