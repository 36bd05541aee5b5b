"""References to Odoo contacts that show nobody more than they may read anyway."""

from typing import Any

from odoo import fields, models


class ReadableMany2one(fields.Many2one):
    """A reference that is told as empty to whoever may not read what it refers to.

    Odoo shows the name of a record that is referred to with the rights of a superuser:
    a link would let everybody see whom it leads to.
    """

    def convert_to_read(self, value, record, use_display_name=True) -> Any:
        """Return the reference as the web client and other programs read it."""
        if value and not record.env.su:
            value = value.with_env(record.env)._filtered_access("read")
        return super().convert_to_read(value, record, use_display_name)


class GhlPartnerSight(models.AbstractModel):
    """For models with a `ReadableMany2one`: Odoo names groups by superuser's rights."""

    _name = "ghl.partner.sight"
    _description = "Records That Name No Hidden Contact"

    def _web_read_group_groupby_formatter(self, groupby_spec: str, values: Any) -> Any:
        usual = super()._web_read_group_groupby_formatter(groupby_spec, values)
        if not self._names_contacts(groupby_spec):
            return usual

        def name_seen(value: Any) -> tuple[Any, Any]:
            shown, domain = usual(value)
            if not value or self._may_see(value):
                return shown, domain
            return (value.id, self._unseen()), domain

        return name_seen

    def _read_group_format_result(
        self, rows_dict: list[dict[str, Any]], lazy_groupby: Any
    ) -> Any:
        specs = [spec for spec in lazy_groupby if self._names_contacts(spec)]
        grouped = {
            (number, spec): row[spec]
            for number, row in enumerate(rows_dict)
            for spec in specs
        }
        result = super()._read_group_format_result(rows_dict, lazy_groupby)
        for (number, spec), value in grouped.items():
            if value and not self._may_see(value):
                rows_dict[number][spec] = (value.id, self._unseen())
        return result

    def _names_contacts(self, groupby_spec: str) -> bool:
        return isinstance(self._fields.get(groupby_spec), ReadableMany2one)

    def _may_see(self, partner: Any) -> bool:
        return bool(partner.with_env(self.env)._filtered_access("read"))

    def _unseen(self) -> str:
        return str(self.env._("A contact that you may not see"))
