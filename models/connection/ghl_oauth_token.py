"""The tokens of OAuth connections, apart from the connection itself.

They have rows of their own so that the row can be locked, and changed in a transaction
of its own, while the caller's transaction holds whatever it likes of the connection.
"""

from datetime import timedelta

from odoo import fields, models

from ...engine.clock import age_seconds
from ...engine.transaction import lock_rows
from ...engine.vendor_access.refusals import PATIENCE
from ..foreign_field import ForeignChar

# A token is renewed that long before its end, or in its last tenth if that is shorter.
MARGIN_SECONDS = 120


class GhlOauthToken(models.Model):
    _name = "ghl.oauth.token"
    _description = "GoHighLevel OAuth Token"
    _rec_name = "connection_id"

    connection_id = fields.Many2one(
        "ghl.connection", required=True, readonly=True, index=True, ondelete="cascade"
    )
    # Empty: the token pair of the install itself; else an agency's for one location.
    location_id = fields.Many2one(
        "ghl.location", readonly=True, index="btree_not_null", ondelete="cascade"
    )
    access_token = fields.Char(
        readonly=True, groups="base.group_system", copy=False, exportable=False
    )
    refresh_token = fields.Char(
        readonly=True, groups="base.group_system", copy=False, exportable=False
    )
    issued_at = fields.Datetime(readonly=True)
    expires_at = fields.Datetime(readonly=True)
    refused_at = fields.Datetime(
        readonly=True, help="Since when renewing is refused without a clear reason."
    )
    revoked_at = fields.Datetime(
        readonly=True, help="When GoHighLevel refused the refresh token for good."
    )
    revoked_message = ForeignChar(readonly=True)
    notified_at = fields.Datetime(
        readonly=True, help="When its managers were told of it."
    )

    _owner_uniq = models.UniqueIndex(
        "(connection_id, COALESCE(location_id, 0))", "One token for each of them."
    )

    def _usable(self, refused: str | None = None) -> str | None:
        """Return the access token, unless it is `refused`, revoked or about to end."""
        if not self or not self.access_token or self.access_token == refused:
            return None
        if self.revoked_at or not self.expires_at:
            return None
        lifetime = self.expires_at - (self.issued_at or self.expires_at)
        margin = min(timedelta(seconds=MARGIN_SECONDS), lifetime / 10)
        if fields.Datetime.now() >= self.expires_at - margin:
            return None
        return self.access_token

    def _may_be_refused_in_passing(self) -> bool:
        """Tell whether a refusal that does not name the refresh token may yet pass."""
        age = age_seconds(self.refused_at)
        if age is None:
            self.refused_at = fields.Datetime.now()
            return True
        return age < PATIENCE

    def _revoke(self, message: str) -> None:
        """Note that GoHighLevel accepts the refresh token no more, and why."""
        self.write({"revoked_at": fields.Datetime.now(), "revoked_message": message})

    def _store(self, tokens) -> None:
        """Keep what a token call brought.

        :param tokens: a `tools.ghl.oauth_answers.TokenSet`
        """
        lock_rows(self)
        now = fields.Datetime.now()
        values = {
            "access_token": tokens.access_token,
            "issued_at": now,
            "expires_at": now + timedelta(seconds=tokens.lifetime),
            "refused_at": False,
            "revoked_at": False,
            "revoked_message": False,
            "notified_at": False,
        }
        # An agency's locations keep no refresh token: the agency's own gives them new
        # tokens at any time. A refresh without a new one keeps the old.
        if tokens.refresh_token and not self.location_id:
            values["refresh_token"] = tokens.refresh_token
        self.write(values)
