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
        run_id: int | None,
        page: int,
        limit: int,
        search: str | None,
        decision: str | None,
    ) -> dict:
        """Return a review with a page of its contacts; as POST, decide it first."""
        location = get_location(self.env, location_id)
        review = self._find_review(location, run_id)
        if decision:
            if not review or (run_id and review.run_id.id != run_id):
                raise ApiError(
                    404,
                    "unknown_review",
                    self.env._("This sync run asks nothing about deletions."),
                )
            self._decide(review, run_id, decision)
        return {"success": True, **review_entry(review, page, limit, search)}

    def _find_review(self, location: BaseModel, run_id: int | None) -> BaseModel:
        """Return the review of a run, else the one that waits, else the last one."""
        Review = self.env["ghl.deletion.review"]
        of_location = [("location_id", "=", location.id)]
        of_run = Review
        if run_id:
            of_run = Review.search([*of_location, ("run_id", "=", run_id)], limit=1)
        return (
            of_run or Review._current(location) or Review.search(of_location, limit=1)
        )

    def _decide(self, review, run_id: int | None, decision: str) -> None:
        if request.httprequest.method != "POST":
            raise ApiError(
                405,
                "method_not_allowed",
                self.env._("A decision is sent by POST."),
                {"Allow": "POST"},
            )
        if not run_id:
            raise ApiError(
                400,
                "bad_request",
                self.env._("A decision names the sync run that it is about."),
            )
        try:
            review._decide(decision)
        except UserError as err:
            if type(err) is not UserError:
                # These kinds have a status of their own.
                raise
            raise ApiError(409, "review_closed", str(err)) from err
