"""Erased persons are known by their location's id as well, which outlives it."""


def migrate(cr, version):
    cr.execute(
        """
        UPDATE ghl_erased_person p SET location_ghl_id = l.ghl_id
          FROM ghl_location l
         WHERE l.id = p.location_id AND p.location_ghl_id IS NULL
        """
    )
