"""Answers of buttons to the web client."""


def notify(kind: str, message: str, refresh: bool = False) -> dict:
    """Return the action that shows a message, and reads the view again if told so.

    :param kind: info, success, warning or danger
    """
    params = {"type": kind, "message": message, "sticky": False}
    if refresh:
        params["next"] = reload_view()
    return {
        "type": "ir.actions.client",
        "tag": "display_notification",
        "params": params,
    }


def reload_view() -> dict:
    """Return the action that reads the view again."""
    return {"type": "ir.actions.client", "tag": "soft_reload"}


def open_list(env, xml_id: str, domain: list, **values) -> dict:
    """Return a list's action of this addon, for some of its records."""
    action = env["ir.actions.act_window"]._for_xml_id(f"ghl_contact_sync.{xml_id}")
    return {**action, "domain": domain, **values}
