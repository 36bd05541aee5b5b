"""The review of deletions: the list, and what a person decides."""

from odoo import http
from odoo.exceptions import UserError
from odoo.http import request
from odoo.models import BaseModel

from .. import const
from ..engine.api.reviews import review_entry
from ..engine.web.api_error import ApiError
from ..tools.openapi.parameters import DECISION, DELETION_PARAMS
from .api_common import api_route, get_location


class DeletionController(http.Controller):
    """The one call about deletions: to list, and to decide."""

    @api_route(
        const.ROUTE_DELETIONS,
        method="GET",
        params=(*DELETION_PARAMS, DECISION),
        by_post=True,
        post_changes=True,
    )
    def deletion_review(
        self,
        location_id: str,
        review_id: int | None,
        run_id: int | None,
        page: int,
        limit: int,
        search: str | None,
        decision: str | None,
    ) -> dict:
        """Return a review with a page of its contacts; as POST, decide it first."""
        location = get_location(self.env, location_id)
        named = self._find_named(location, review_id, run_id)
        if decision:
            self._decide(named, decision, is_named=bool(review_id or run_id))
        review = named[:1] or self._find_latest(location)
        return {"success": True, **review_entry(review, page, limit, search)}

    def _find_named(
        self, location: BaseModel, review_id: int | None, run_id: int | None
    ) -> BaseModel:
        """Return the reviews that a call names, the latest first."""
        named = [
            (name, "=", value)
            for name, value in (("id", review_id), ("run_id", run_id))
            if value
        ]
        Review = self.env["ghl.deletion.review"]
        of_location = [("location_id", "=", location.id)]
        return Review.search([*of_location, *named]) if named else Review

    def _find_latest(self, location: BaseModel) -> BaseModel:
        """Return the review that waits, else the last one."""
        Review = self.env["ghl.deletion.review"]
        of_location = [("location_id", "=", location.id)]
        return Review._current(location) or Review.search(of_location, limit=1)

    def _decide(self, reviews: BaseModel, decision: str, is_named: bool) -> None:
        """Decide on the one review that the call names.

        :param reviews: those that it names
        :param is_named: whether it names any at all
        """
        if request.httprequest.method != "POST":
            raise ApiError(
                405,
                "method_not_allowed",
                self.env._("A decision is sent by POST."),
                {"Allow": "POST"},
            )
        if not is_named:
            raise ApiError(
                400,
                "bad_request",
                self.env._("A decision names the review that it is about."),
            )
        if not reviews:
            raise ApiError(
                404, "unknown_review", self.env._("There is no such review.")
            )
        if len(reviews) > 1:
            # Which of their lists the caller has looked at is not known.
            raise ApiError(
                409,
                "review_ambiguous",
                self.env._(
                    "This sync run has more than one review. Look at the list again, "
                    "and decide by its review_id."
                ),
            )
        try:
            reviews._decide(decision)
        except UserError as err:
            if type(err) is not UserError:
                # These kinds have a status of their own.
                raise
            raise ApiError(409, "review_closed", str(err)) from err
