"""Fields that only the engine writes, whoever asks by whichever way."""

from typing import Self

from odoo import api, models
from odoo.exceptions import AccessError

from ..engine.location.guards import kept_fields


class GhlGuardedMixin(models.AbstractModel):
    """Refuse to people what a form shows them as read-only.

    Read-only is a matter of views; a call by RPC or an import passes them. The engine,
    and whatever a button does on behalf of a person, writes as superuser.
    """

    _name = "ghl.guarded.mixin"
    _description = "Figures That Only the Engine Writes"

    @api.model_create_multi
    def create(self, vals_list) -> Self:
        """Create records, unless a person gives what the engine keeps."""
        if not self.env.su:
            defaults = [
                name.removeprefix("default_")
                for name, value in self.env.context.items()
                if name.startswith("default_") and value
            ]
            given = [
                name for vals in vals_list for name, value in vals.items() if value
            ]
            self._refuse_kept({*defaults, *given})
        return super().create(vals_list)

    def write(self, vals) -> bool:
        """Write, unless a person changes what the engine keeps."""
        if not self.env.su:
            self._refuse_kept(vals)
        return super().write(vals)

    @api.model
    def _refuse_kept(self, names) -> None:
        """Refuse to write fields that the engine keeps.

        :raise AccessError: with their names
        """
        refused = sorted(kept_fields(self).intersection(names))
        if refused:
            labels = [
                self._fields[name]._description_string(self.env) for name in refused
            ]
            raise AccessError(
                self.env._(
                    "%(fields)s of “%(model)s” cannot be set: the sync keeps them.",
                    fields=", ".join(labels),
                    model=self._description,
                )
            )
