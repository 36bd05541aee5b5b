"""A code that came back without proof of who set out: kept until a person confirms.

GoHighLevel may drop `state`. Without it anybody could send a browser here with a code
of an account of theirs. So the tokens of such a code are sealed, with a key that only
the session of the person has, and the person is asked whether it is the account that
they chose.
"""

from dataclasses import asdict
from datetime import timedelta

from odoo import api, fields, models

from ...engine.connection.offer import describe_account
from ...engine.transaction import end_transaction, own_cursor
from ...tools.ghl.client import Timeouts
from ...tools.ghl.oauth import TokenSet
from ...tools.http.retry import RetryPolicy
from ...tools.web.sealed import seal, unseal

MINUTES = 10
# A person waits; without names the ids are shown.
_NAMING = {
    "timeouts": Timeouts(connect=3, read=5, total=5),
    "retry_policy": RetryPolicy(attempts=1),
}


class GhlOauthOffer(models.Model):
    _name = "ghl.oauth.offer"
    _description = "GoHighLevel Account to Be Confirmed"
    _rec_name = "connection_id"

    connection_id = fields.Many2one(
        "ghl.connection", required=True, readonly=True, ondelete="cascade"
    )
    user_id = fields.Many2one(
        "res.users", required=True, readonly=True, ondelete="cascade"
    )
    sealed = fields.Text(
        readonly=True, exportable=False, groups="base.group_system", copy=False
    )

    @api.autovacuum
    def _gc_offers(self):
        self._expired().unlink()

    def _expired(self):
        past = fields.Datetime.now() - timedelta(minutes=MINUTES)
        return self.search([("create_date", "<", past)])


class GhlConnection(models.Model):
    _inherit = "ghl.connection"

    def _offer_account(self, code: str) -> tuple[int, str, dict]:
        """Exchange a code and ask whose it is; nothing is connected by that.

        :return: (the offer's id, the key to it, the account as GoHighLevel names it)
        :raise GhlError: the code, or the app's credentials, were not accepted
        :raise UserError: the tokens belong to another account than this connection's
        """
        self.ensure_one()
        self.check_access("write")
        tokens = self._exchange_code(code)
        self._check_same_account(tokens)
        with self._oauth(token=tokens.access_token, **_NAMING) as calls:
            end_transaction(self.env)
            account = describe_account(calls, tokens)
        key, sealed = seal(asdict(tokens))
        with own_cursor(self.env) as cr:
            Offer = self.env(cr=cr, su=True)["ghl.oauth.offer"]
            (Offer._expired() | Offer.search(self._own_offers())).unlink()
            offer = Offer.create(
                {
                    "connection_id": self.id,
                    "user_id": self.env.uid,
                    "sealed": sealed,
                }
            )
        return offer.id, key, account

    def _own_offers(self) -> list:
        return [("connection_id", "=", self.id), ("user_id", "=", self.env.uid)]

    def _answer_offer(self, offer_id: int, key: str, accepted: bool) -> bool:
        """Keep the tokens of an offer that a person confirms, or forget them.

        :return: whether the account is connected now
        """
        self.ensure_one()
        self.check_access("write")
        Offer = self.env["ghl.oauth.offer"].sudo()
        offer = Offer.search([("id", "=", offer_id), *self._own_offers()])
        values = None if not offer or offer in Offer._expired() else offer.sealed
        # Whatever the answer is, it can be given once.
        offer.unlink()
        end_transaction(self.env)
        values = unseal(key, values) if values and accepted else None
        if not values:
            return False
        tokens = TokenSet(**values)
        self._check_same_account(tokens)
        self._keep_tokens(tokens)
        return True
