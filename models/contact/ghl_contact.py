"""The mirror of one GoHighLevel contact. Filled by SQL only: see `engine/mirror`."""

from odoo import api, fields, models
from odoo.exceptions import AccessError
from odoo.fields import Domain

from ...engine.crons.cron_job import cron_job
from ...engine.listing import ranking, upkeep
from ...engine.listing.filters import search_sql
from ...engine.listing.use_indexes import by_indexes
from ...engine.mirror import tag_dates
from ...engine.quality.check import forget
from .ghl_integrity import Many2manyBySets, Many2oneBySets

# Shorter texts are no id of GoHighLevel's.
_ID_LENGTH = 15
# An id is looked for in so many locations: its index begins with the location.
_MOST_LOCATIONS = 5_000


class GhlContact(models.Model):
    _name = "ghl.contact"
    _description = "GoHighLevel Contact"
    _order = "date_added_ms desc nulls last, id desc"
    # The sync writes every row, and `observed_at` says when; the four columns of the
    # log and their foreign keys would cost a quarter of a first fill.
    _log_access = False
    _rec_names_search = ["name", "email", "phone", "ghl_id"]

    # Identity
    ghl_id = fields.Char(string="GoHighLevel ID", required=True, readonly=True)
    location_id = Many2oneBySets(
        "ghl.location", required=True, readonly=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="location_id.company_id")
    active = fields.Boolean(default=True, readonly=True)
    deleted_at = fields.Datetime(
        readonly=True, help="When the mirror learnt that GoHighLevel deleted it."
    )

    # Known fields of a search hit
    name = fields.Char(readonly=True)
    first_name = fields.Char(readonly=True)
    last_name = fields.Char(readonly=True)
    email = fields.Char(readonly=True)
    phone = fields.Char(readonly=True)
    phone_label = fields.Char(readonly=True)
    company_name = fields.Char(readonly=True)
    business_name = fields.Char(readonly=True)
    business_ghl_id = fields.Char(string="Business ID", readonly=True)
    address1 = fields.Char(string="Street", readonly=True)
    city = fields.Char(readonly=True)
    state = fields.Char(string="State / Province", readonly=True)
    country = fields.Char(readonly=True)
    postal_code = fields.Char(readonly=True)
    website = fields.Char(readonly=True)
    timezone = fields.Char(readonly=True)
    source = fields.Char(readonly=True)
    type = fields.Char(readonly=True)
    assigned_to = fields.Char(string="Owner ID", readonly=True)
    owner_id = Many2oneBySets("ghl.user", readonly=True)
    dnd = fields.Boolean(
        string="Do Not Disturb",
        readonly=True,
        help="GoHighLevel's own switch. Where channels say anything, they decide.",
    )
    valid_email = fields.Boolean(readonly=True)
    dnd_settings = fields.Json(readonly=True)
    inbound_dnd_settings = fields.Json(readonly=True)
    date_added = fields.Datetime(readonly=True)
    date_updated = fields.Datetime(readonly=True)
    date_of_birth = fields.Date(readonly=True)
    tag_ids = Many2manyBySets("ghl.tag", readonly=True)
    custom_fields = fields.Json(
        readonly=True, help="As the vendor sends them: a list of id and value."
    )
    extra = fields.Json(
        readonly=True,
        help="Every field without a column, and any value that would not fit its own.",
    )

    # Technical. Epoch milliseconds: exact in a float up to 2^53, and unlike a Datetime
    # they hold any year; windows are compared with the vendor's by these.
    date_added_ms = fields.Float(readonly=True)
    date_updated_ms = fields.Float(readonly=True)
    content_hash = fields.Char(readonly=True)
    search_text = fields.Char(
        readonly=True,
        prefetch=False,
        exportable=False,
        help="Names, addresses and numbers, folded: see `tools.mapping.search`.",
    )
    observed_at = fields.Datetime(
        readonly=True, help="When the request that brought this state was sent."
    )

    custom_field_values = fields.Json(compute="_compute_custom_field_values")

    _ghl_id_uniq = models.Constraint(
        "UNIQUE(location_id, ghl_id)", "A contact is mirrored once per location."
    )
    # `active IS TRUE` is how the ORM writes it, and PostgreSQL knows a partial index by
    # the letter only. The first one is the default order of pages, too.
    _added_idx = models.Index(
        "(location_id, date_added_ms DESC NULLS LAST, id DESC) WHERE active IS TRUE"
    )
    _deleted_idx = models.Index("(deleted_at) WHERE deleted_at IS NOT NULL")
    _updated_idx = models.Index("(location_id, date_updated_ms) WHERE active IS TRUE")

    def init(self) -> None:
        """Make what lists of many contacts need in the database."""
        tag_dates.set_up(self.env.cr)
        ranking.set_up(self.env.cr)

    @api.model
    @cron_job
    def _cron_make_index(self) -> None:
        """Have large lists made fast."""
        if upkeep.is_wanted(self.env.cr):
            upkeep.start(self.env.cr.dbname)

    # === COMPUTE METHODS === #

    @api.depends("name", "email", "phone", "ghl_id")
    def _compute_display_name(self) -> None:
        for contact in self:
            contact.display_name = (
                contact.name or contact.email or contact.phone or contact.ghl_id
            )

    @api.depends("custom_fields", "location_id")
    def _compute_custom_field_values(self) -> None:
        names = self.location_id._get_custom_field_names()
        for contact in self:
            contact.custom_field_values = contact._named_custom_fields(
                names.get(contact.location_id.id, {})
            )

    def _named_custom_fields(self, names: dict[str, str]) -> dict:
        """Return the custom values by name; a name in use twice gets its id added.

        :param names: {field id: name} of the contact's location
        """
        self.ensure_one()
        items = self.custom_fields
        if not isinstance(items, list):
            return {"": items} if items else {}
        named: dict = {}
        for item in items:
            if not isinstance(item, dict):
                continue
            ghl_id = str(item.get("id"))
            name = names.get(ghl_id) or ghl_id
            key = f"{name} ({ghl_id})" if name in named else name
            named[key] = item.get("value")
        return named

    def _search_display_name(self, operator, value) -> Domain:
        """Find contacts by any part of what they have, as the API does.

        By an index of all of it: four columns would take one each, and the table is
        read as a whole without.
        """
        if operator not in ("ilike", "like") or not isinstance(value, str) or not value:
            return super()._search_display_name(operator, value)
        found = Domain.custom(
            to_sql=lambda _model, alias, _query: search_sql(value, None, True, alias)
        )
        if len(value) < _ID_LENGTH:
            return found
        every = self.env["ghl.location"].with_context(active_test=False)
        locations = every.search([], limit=_MOST_LOCATIONS)
        own = Domain("location_id", "in", locations.ids)
        return found | own & Domain("ghl_id", "=", value)

    @api.model
    def search_count(self, domain, limit=None) -> int:
        """Count up to a bound along the default order, which has an index.

        Without an order PostgreSQL reads the table instead.
        """
        if not limit:
            return super().search_count(domain)
        with by_indexes(self.env.cr):
            return len(self._search(domain, limit=limit, order=self._order))

    # === CRUD METHODS === #

    def write(self, vals) -> bool:
        """Refuse what a person changes here, since the next sync would undo it.

        :raise AccessError: for whatever the sync keeps
        """
        known = (self._fields[name] for name in vals if name in self._fields)
        if not self.env.su and any(field.readonly for field in known):
            raise AccessError(
                self.env._(
                    "This contact mirrors one of GoHighLevel's. Change it there: the "
                    "next sync brings it here. What you change here would be undone."
                )
            )
        return super().write(vals)

    def unlink(self) -> bool:
        """Remove contacts from the mirror for good, and count those that lived.

        One that GoHighLevel still has comes back with the next full sync.
        """
        self._note_removed()
        forget(self)
        lost: dict = {}
        for contact in self.sudo():
            if contact.active:
                lost[contact.location_id] = lost.get(contact.location_id, 0) + 1
        result = super().unlink()
        for location, count in lost.items():
            location.contact_count = max(0, location.contact_count - count)
        return result
