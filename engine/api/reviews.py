"""A review of deletions as the JSON API shows it."""

from typing import Any

from odoo import fields
from odoo.fields import Domain
from odoo.tools import SQL

from ...tools.dates import iso_seconds
from ...tools.mapping.search import like_pattern, search_needles

# State of a review → the decision that made it.
_DECISIONS = {"accepted": "accept", "kept": "keep", "verify": "verify"}
# State of a review → the decisions that can be made.
_OPEN_TO = {"open": ("accept", "keep", "verify"), "kept": ("verify",)}
# Each candidate looks up its own contact, and no other one.
_TEXT_MATCHES = """
    (SELECT c.search_text FROM ghl_contact c WHERE c.id = %s) LIKE ANY(%s::text[])
"""


def review_entry(
    review: Any, page: int, limit: int, search: str | None = None
) -> dict[str, Any]:
    """Return a review, with one page of its contacts; may be an empty one."""
    # One more than is shown tells whether there are more.
    found = review.env["ghl.deletion.candidate"].search(
        _domain(review, search),
        order="id",
        offset=(page - 1) * limit,
        limit=limit + 1,
    )
    state = review.state or "none"
    if state == "open" and review.expires_at <= fields.Datetime.now():
        state = "expired"
    return {
        "review_id": review.id or None,
        "run_id": review.run_id.id or None,
        # Odoo's own list, with search and export.
        "url": f"/odoo/ghl-deletion-reviews/{review.id}" if review else None,
        "state": state,
        "message": review.question if state == "open" else None,
        "count": review.contact_count,
        "mirrored": review.mirrored if review else None,
        "lost": review.lost,
        "share": round(review.share, 1) if review else None,
        "limit": review.limit if review else None,
        "expires_at": iso_seconds(review.expires_at),
        "decided_by": review.sudo().decided_by_id.name or None,
        "decided_at": iso_seconds(review.decided_at),
        "decision": _DECISIONS.get(review.state),
        "can_decide": bool(review) and state == "open" and review.can_decide,
        "decisions": list(_OPEN_TO.get(state, ())) if review.can_decide else [],
        "ask": review.whom_to_ask or None,
        "contacts": [_candidate_entry(candidate) for candidate in found[:limit]],
        "page": page,
        "has_more": len(found) > limit,
    }


def _domain(review: Any, search: str | None) -> Any:
    domain = Domain("review_id", "in", review.ids)
    if search:
        country = review.location_id.country
        patterns = list(map(like_pattern, search_needles(search, country)))
        domain &= Domain("ghl_id", "=", search) | Domain.custom(
            to_sql=lambda _model, alias, _query: SQL(
                _TEXT_MATCHES, SQL.identifier(alias, "contact_id"), patterns
            )
        )
    return domain


def _candidate_entry(candidate: Any) -> dict[str, Any]:
    return {
        "id": candidate.ghl_id,
        "name": candidate.name or None,
        "email": candidate.email or None,
        "phone": candidate.phone or None,
        "last_seen": iso_seconds(candidate.last_seen),
        "reason": candidate.reason or None,
    }
