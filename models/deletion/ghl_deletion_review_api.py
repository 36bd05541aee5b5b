"""A review of deletions as the JSON API shows it."""

from odoo import fields, models
from odoo.fields import Domain
from odoo.tools import escape_psql

_SEARCHED = ("name", "email", "phone")


class GhlDeletionReview(models.Model):
    _inherit = "ghl.deletion.review"

    def _to_api(self, page: int, limit: int, search: str | None = None) -> dict:
        """Return the review, with one page of its contacts; may be an empty one."""
        domain = Domain("review_id", "in", self.ids)
        if search:
            pattern = escape_psql(search)
            domain &= Domain("ghl_id", "=", search) | Domain.OR(
                Domain(f"contact_id.{name}", "ilike", pattern) for name in _SEARCHED
            )
        # One more than is shown tells whether there are more.
        found = self.env["ghl.deletion.candidate"].search(
            domain, order="id", offset=(page - 1) * limit, limit=limit + 1
        )
        decisions = {"accepted": "accept", "kept": "keep", "verify": "verify"}
        state = self.state or "none"
        if state == "open" and self.expires_at <= fields.Datetime.now():
            state = "expired"
        return {
            "run_id": self.run_id.id or None,
            # Odoo's own list, with search and export.
            "url": f"/odoo/ghl-deletion-reviews/{self.id}" if self else None,
            "state": state,
            "message": self.question if state == "open" else None,
            "count": self.contact_count,
            "mirrored": self.mirrored if self else None,
            "lost": self.lost,
            "share": round(self.share, 1) if self else None,
            "limit": self.limit if self else None,
            "expires_at": _iso(self.expires_at),
            "decided_by": self.sudo().decided_by_id.name or None,
            "decided_at": _iso(self.decided_at),
            "decision": decisions.get(self.state),
            "can_decide": bool(self) and state == "open" and self.can_decide,
            "ask": self.whom_to_ask or None,
            "contacts": [candidate._to_api() for candidate in found[:limit]],
            "page": page,
            "has_more": len(found) > limit,
        }


class GhlDeletionCandidate(models.Model):
    _inherit = "ghl.deletion.candidate"

    def _to_api(self) -> dict:
        return {
            "id": self.ghl_id,
            "name": self.name or None,
            "email": self.email or None,
            "phone": self.phone or None,
            "last_seen": _iso(self.last_seen),
            "reason": self.reason or None,
        }


def _iso(moment) -> str | None:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ") if moment else None
