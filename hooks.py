"""Install and uninstall hooks, and what a process does when it loads the addon."""

from .controllers import admission
from .models.contact.ghl_integrity import drop_function


def post_load():
    """Have the addresses of the API pass our gate first, in whatever process."""
    admission.install()


def post_init_hook(env):
    """Give every location its own cron (none at first install, all after a restore)."""
    env["ghl.location"].with_context(active_test=False).search([])._ensure_cron()


def uninstall_hook(env):
    """Remove what Odoo does not: the crons, our parameters and the triggers' function.

    A location's cron is made at run time, so no XML id ties it to the module.
    """
    locations = env["ghl.location"].with_context(active_test=False).search([])
    crons = locations.cron_id
    actions = crons.ir_actions_server_id
    locations.cron_id = False
    crons.unlink()
    actions.exists().unlink()
    env["ir.config_parameter"].search([("key", "=like", "ghl_contact_sync.%")]).unlink()
    # What people made for our models and routes, and names of parts of our models that
    # other modules (mail, sms, …) extend.
    foreign = [("module", "!=", "ghl_contact_sync"), ("name", "=like", r"%\_\_ghl\_%")]
    for model, domain in (
        ("ir.filters", [("model_id", "=like", "ghl.%")]),
        ("ir.exports", [("resource", "=like", "ghl.%")]),
        ("res.users.apikeys", [("scope", "=", "ghl_contact_sync")]),
        ("ir.model.data", foreign),
    ):
        env[model].sudo().with_context(active_test=False).search(domain).unlink()
    drop_function(env.cr)
