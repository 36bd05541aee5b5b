"""The parameters of the JSON API: routes check them, and the document tells them.

Names are those of the system that this one replaces.
"""

from __future__ import annotations

from ... import const
from ..quality.figures import FIGURES
from ..web.read_params import Param

JSON_TYPE = "application/json"
FORM_TYPES = ("application/x-www-form-urlencoded", "multipart/form-data")
# Columns by which a page of contacts may be ordered.
SORT_KEYS = ("date_added", "date_updated", *const.SORTED_TEXTS)
# A filter's contacts are counted up to here, unless a caller wants it otherwise.
COUNT_LIMIT = 10_000
LOCATION = Param(
    "location_id", required=True, description="GoHighLevel's id of the location."
)
KIND = Param(
    "kind",
    "choice",
    default="full",
    choices=(*(kind for kind, _label in const.RUN_KINDS), const.AUTO_KIND),
    max_length=10,
    description="What is read: everything, what changed, or what differs; `auto`: "
    "whichever closes what was measured, and the day's quota allows.",
)
CONTACTS_PARAMS = (
    LOCATION,
    Param("page", "int", default=1, minimum=1, maximum=10_000_000),
    Param("limit", "int", default=10, minimum=1, maximum=500),
    Param(
        "search",
        max_length=200,
        description="Part of a name, email address, phone number or company; numbers "
        "in any spelling, with the country's code or as they are dialled there.",
    ),
    Param("tag", max_length=500, description="The name of a tag, in any case."),
    Param("selected_user", description="GoHighLevel's id of the owner."),
    Param(
        "quality",
        "choice",
        choices=FIGURES,
        max_length=30,
        description="A figure of the data quality, as its call names it: the contacts "
        "that are behind it.",
    ),
    Param("sort", "choice", default="date_added", choices=SORT_KEYS, max_length=30),
    Param(
        "count_limit",
        "int",
        default=COUNT_LIMIT,
        maximum=10_000_000,
        description="Count no further than this what a filter finds (0: count all): "
        "in large mirrors to count takes longer than to find.",
    ),
    Param("order", "choice", default="desc", choices=("asc", "desc"), max_length=4),
    Param(
        "cursor",
        max_length=4_000,
        description="`next_cursor` of the page before: the answer is what follows its "
        "last contact, in the same order, whatever was added or removed meanwhile. "
        "`page`, `sort` and `order` are those of the cursor.",
    ),
)

CHANGES_PARAMS = (
    LOCATION,
    Param(
        "contact_id",
        max_length=500,
        description="GoHighLevel's id of a contact: its changes alone, after it is "
        "deleted as well.",
    ),
    Param(
        "run_id",
        "int",
        minimum=1,
        maximum=2**31 - 1,
        description="What one sync run created, changed, deleted and refused.",
    ),
    Param(
        "before",
        "int",
        minimum=1,
        maximum=2**31 - 1,
        description="`next_before` of the page before.",
    ),
    Param("limit", "int", default=50, minimum=1, maximum=500),
)

# Troubles by which the fleet can be filtered; see `engine/fleet/overview.py`.
FLEET_TROUBLES = (
    *("any", "needs_you", "refused", "failing", "deletions", "not_proven"),
    *("incomplete", "lagging", "contents_old", "quota_low", "alarmed"),
)
FLEET_PARAMS = (
    Param("page", "int", default=1, minimum=1, maximum=100_000),
    Param("limit", "int", default=50, minimum=1, maximum=200),
    Param(
        "trouble",
        "choice",
        choices=FLEET_TROUBLES,
        max_length=20,
        description="Only locations with this trouble; `any`: whose state is one, "
        "`needs_you`: that stay so until somebody does something.",
    ),
    Param("search", max_length=200, description="Part of a name or of an id."),
    Param(
        "connection_id",
        "int",
        minimum=1,
        maximum=2**31 - 1,
        description="Only locations of this connection, by Odoo's id of it.",
    ),
)

DELETION_PARAMS = (
    LOCATION,
    Param(
        "review_id",
        "int",
        minimum=1,
        maximum=2**31 - 1,
        description="The review. A list of another one, or of none, is of the review "
        "that waits, else of the last; a decision names the review of the list that "
        "was looked at.",
    ),
    Param(
        "run_id",
        "int",
        minimum=1,
        maximum=2**31 - 1,
        description="The sync run that asks, in place of `review_id`. A decision by it "
        "is refused when the run has more than one review.",
    ),
    Param("page", "int", default=1, minimum=1, maximum=10_000_000),
    Param("limit", "int", default=50, minimum=1, maximum=500),
    Param(
        "search",
        max_length=200,
        description="Part of a name, email address or phone number, or an id.",
    ),
)
DECISION = Param(
    "decision",
    "choice",
    choices=("accept", "keep", "verify"),
    max_length=10,
    description="Archive the contacts of the list, each after GoHighLevel has denied "
    "it once more; keep them; or forget what was found, and look again.",
)
CONTACT_ID = Param(
    "contact_id",
    required=True,
    max_length=500,
    description="GoHighLevel's id of the contact.",
)
PARTNER_PARAMS = (
    LOCATION,
    CONTACT_ID,
    Param(
        "search",
        max_length=200,
        description="Part of the name or e-mail of an Odoo contact to link to.",
    ),
)
PARTNER_DECISION = (
    Param(
        "decision",
        "choice",
        choices=("link", "create", "unlink", "ignore"),
        max_length=10,
        description="Link to `partner_id`, have an Odoo contact made, take the link "
        "away, or leave the contact alone for good.",
    ),
    Param("partner_id", "int", minimum=1, maximum=2**31 - 1),
)
ERASE_PARAMS = (
    LOCATION,
    CONTACT_ID,
    Param(
        "confirm",
        "choice",
        required=True,
        choices=("erase",),
        max_length=10,
        description="It cannot be undone.",
    ),
)
