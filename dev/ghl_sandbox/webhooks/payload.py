"""Bodies of webhooks: flat, and without empty values."""

from typing import Any

from ..api.shapes import by_id

Contact = dict[str, Any]
FIELDS = (
    "id address1 city companyName country source dateAdded dateOfBirth dnd email name "
    "firstName lastName phone phoneLabel postalCode state tags website assignedTo "
    "customFields attributionSource".split()
)


def contact_payload(
    event: str, location_id: str, contact: Contact, omit_empty: bool
) -> dict[str, Any]:
    """The body of a contact event; it never has ``dateUpdated``."""
    shown = by_id(contact, v3=False)
    if "phoneLabel" in contact:
        shown["phoneLabel"] = contact["phoneLabel"]
    names = list(FIELDS)
    if event == "ContactDndUpdate":
        names += ["dndSettings", "inboundDndSettings"]
    body: dict[str, Any] = {"type": event, "locationId": location_id}
    for name in names:
        value = shown.get(name)
        if omit_empty and value in (None, "", [], {}):
            continue
        body[name] = value
    return body


def install_payload(
    event: str,
    company_id: str,
    company_name: str,
    location_id: str | None,
    user_id: str,
) -> dict[str, Any]:
    """INSTALL or UNINSTALL; a company-level one has no location."""
    body: dict[str, Any] = {"type": event}
    if location_id:
        body["locationId"] = location_id
    if event == "INSTALL" or not location_id:
        body["companyId"] = company_id
    if event == "INSTALL":
        body |= {
            "installType": "Location" if location_id else "Company",
            "userId": user_id,
            "companyName": company_name,
            "isWhitelabelCompany": False,
            "trial": {},
        }
    return body
