"""The history of a link is short, and has the latest first."""

from ghl_contact_sync.tools.partner.history import MAX_ENTRIES, noted


def test_the_latest_stands_first():
    history = noted(False, "2026-01-01 10:00:00", "created", {"name", "city"})
    history = noted(history, "2026-01-02 10:00:00", "ignored", user_id=7)
    assert history == [
        {"at": "2026-01-02 10:00:00", "what": "ignored", "by": 7},
        {"at": "2026-01-01 10:00:00", "what": "created", "fields": ["city", "name"]},
    ]


def test_old_entries_are_dropped():
    history = None
    for number in range(2 * MAX_ENTRIES):
        history = noted(history, str(number), "updated")
    assert len(history) == MAX_ENTRIES
    assert history[0]["at"] == str(2 * MAX_ENTRIES - 1)
