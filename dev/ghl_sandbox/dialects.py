"""Dialects: switches for each thing that the vendor's documents leave open.

Without any dialect the sandbox takes the likelier answer. A client that works under
every dialect works whichever way the vendor really behaves.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, fields


def _switch(text: str) -> bool:
    return field(default=False, metadata={"text": text})


@dataclass(frozen=True)
class Dialect:
    """One switch per open question; the names with dashes are the CLI's."""

    page_limit_100: bool = _switch("pageLimit above 100 is refused (422).")
    page_limit_200: bool = _switch("pageLimit above 200 is refused (422).")
    page_limit_50: bool = _switch("pageLimit above 50 is refused (422).")
    page_limit_400: bool = _switch("A pageLimit too large answers 400, not 422.")
    page_limit_unnamed: bool = _switch(
        "A pageLimit too large is refused without naming the field."
    )
    page_limit_reworded: bool = _switch(
        "A pageLimit too large is refused in other words."
    )
    page_limit_unexplained: bool = _switch(
        'A pageLimit too large is refused with "Bad Request" and no more.'
    )
    page_limit_clamped: bool = _switch(
        "A pageLimit above 100 is accepted, but no page holds more than 100."
    )
    total_capped: bool = _switch("`total` never exceeds 10,000.")
    total_inexact: bool = _switch("`total` above 10,000 is off by up to 1 %.")
    total_missing: bool = _switch("Search answers have no `total`.")
    range_epoch_only: bool = _switch("range refuses ISO strings (400).")
    range_iso_only: bool = _switch("range refuses epoch numbers (400).")
    range_exclusive: bool = _switch("gte and lte behave as gt and lt.")
    range_inclusive: bool = _switch("gt and lt behave as gte and lte.")
    range_seconds: bool = _switch("range compares whole seconds: ms are cut off.")
    range_ignored: bool = _switch("range is accepted, and every contact fits.")
    range_lower_ignored: bool = _switch("The lower bound of a range is ignored.")
    range_upper_ignored: bool = _switch("The upper bound of a range is ignored.")
    filters_ignored: bool = _switch("Filters are accepted, and every contact fits.")
    filters_unsupported: bool = _switch("Any filter is refused (400).")
    date_filters_unsupported: bool = _switch("Filters on dates are refused (400).")
    not_exists_unsupported: bool = _switch(
        "not_exists and exists on dates are refused (400)."
    )
    not_exists_ignored: bool = _switch(
        "not_exists and exists on dates are accepted, and every contact fits."
    )
    cursor_no_filters: bool = _switch("searchAfter with filters is refused (400).")
    cursor_bound: bool = _switch(
        "A cursor is only good with the very same filters, sort and pageLimit."
    )
    cursor_10000: bool = _switch("A cursor past the 10,000th hit is refused (400).")
    cursor_top_level: bool = _switch(
        "Only the answer has a searchAfter, the contacts have none."
    )
    cursor_null_missing: bool = _switch(
        "The cursor of an undated contact holds null, not a huge number."
    )
    cursor_made_up_refused: bool = _switch(
        "A searchAfter that names no contact of the location is refused (400)."
    )
    cursor_made_up_ignored: bool = _switch(
        "A searchAfter that names no contact is ignored: the walk begins anew."
    )
    cursor_made_up_by_date: bool = _switch(
        "Of a searchAfter that names no contact only the date counts, not the id."
    )
    short_pages: bool = _switch("Pages may be short before the end.")
    undated_first: bool = _switch("Contacts without the sort date come first.")
    deleted_400: bool = _switch("A deleted id answers 400 instead of 404.")
    dnd_lowercase: bool = _switch("dndSettings keys are call, email, sms, …")
    dnd_settings_missing: bool = _switch("Search hits have no dndSettings.")
    names_lowercase: bool = _switch("Names in search hits are lower-cased.")
    opportunities_snake: bool = _switch(
        "Opportunities in search hits have keys in snake_case, as documented once."
    )
    tags_keep_updated: bool = _switch("Tag edits do not move dateUpdated.")
    dnd_keep_updated: bool = _switch("DND edits do not move dateUpdated.")
    custom_fields_keep_updated: bool = _switch(
        "Custom field edits do not move dateUpdated."
    )
    v3_only: bool = _switch("Only Version v3 and the v3 paths exist.")
    v2_only: bool = _switch("Version v3 is unknown (400).")
    no_rate_headers: bool = _switch("No X-RateLimit-* headers at all.")
    no_daily_headers: bool = _switch("No X-RateLimit-*Daily* headers.")
    retry_after: bool = _switch("429 carries Retry-After.")
    sandbox_account: bool = _switch("Limits of a sandbox account: 25/10 s, 10,000/day.")
    shared_pit: bool = _switch(
        "The agency's private integration token reads the contacts of every location."
    )
    state_dropped: bool = _switch("The chooser does not hand `state` back.")
    version_id_required: bool = _switch(
        "The chooser needs version_id (error.noversionid)."
    )
    location_token_201: bool = _switch("The location token comes with status 201.")
    location_token_no_refresh: bool = _switch("Location tokens have no refresh token.")
    refresh_grace_30: bool = _switch(
        "The same refresh token gives the same pair again for 30 s."
    )
    installed_limit_100: bool = _switch("installedLocations limit above 100: 422.")
    installed_all: bool = _switch(
        "installedLocations lists not-installed ones unless isInstalled=true."
    )
    webhook_data_wrapper: bool = _switch("Webhook payloads stand under `data`.")
    webhook_retry_new_time: bool = _switch("A repeated webhook gets a new timestamp.")
    merge_silent: bool = _switch("A merge sends no webhook for the contact that goes.")
    bulk_silent: bool = _switch("Bulk edits and deletes send no webhooks.")
    update_events_partial: bool = _switch(
        "Edits of timezone, website or DND send no webhook."
    )


DESCRIPTIONS: dict[str, str] = {
    item.name.replace("_", "-"): item.metadata["text"] for item in fields(Dialect)
}


def dialect_of(names: Iterable[str]) -> Dialect:
    """Combine dialects by name; raises ``ValueError`` for an unknown one."""
    switches = {}
    for name in names:
        if name not in DESCRIPTIONS:
            raise ValueError(
                f"There is no dialect {name!r}; `--list-dialects` shows all."
            )
        switches[name.replace("-", "_")] = True
    return Dialect(**switches)
