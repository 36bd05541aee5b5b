"""What is known of refused tokens and of told trouble goes on under better names."""

_RENAMED = (
    ("ghl_oauth_token", "dead_at", "revoked_at"),
    ("ghl_oauth_token", "dead_message", "revoked_message"),
    ("ghl_oauth_token", "told_at", "notified_at"),
    ("ghl_alarm", "told_at", "notified_at"),
)


def migrate(cr, version):
    for table, old, new in _RENAMED:
        cr.execute(
            """
            SELECT column_name FROM information_schema.columns
             WHERE table_name = %s AND column_name IN (%s, %s)
            """,
            [table, old, new],
        )
        if {name for (name,) in cr.fetchall()} == {old}:
            cr.execute(f"ALTER TABLE {table} RENAME COLUMN {old} TO {new}")
