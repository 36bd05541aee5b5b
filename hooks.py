"""Install and uninstall hooks, and what a process does when it loads the addon."""

from odoo.addons.base.models.ir_model import MODULE_UNINSTALL_FLAG

from .controllers import overload
from .engine.crons.location_cron import ensure_crons
from .engine.listing import ranking
from .models.contact.ghl_integrity import drop_function


def post_load() -> None:
    """Have the addresses of the API pass our gate first, in whatever process."""
    overload.install()


def post_init_hook(env) -> None:
    """Give every location its own cron (none at first install, all after a restore)."""
    ensure_crons(env["ghl.location"].with_context(active_test=False).search([]))


def uninstall_hook(env) -> None:
    """Remove what Odoo does not: the crons, our parameters and the triggers' function.

    A location's cron is made at run time, so no XML id ties it to the module.
    """
    locations = env["ghl.location"].with_context(active_test=False).search([])
    crons = locations.cron_id
    actions = crons.ir_actions_server_id
    locations.cron_id = False
    crons.unlink()
    actions.exists().unlink()
    # Odoo sets this mark only later: the secret of erased persons goes as well.
    parameters = env["ir.config_parameter"].with_context(
        **{MODULE_UNINSTALL_FLAG: True}
    )
    parameters.search([("key", "=like", "ghl_contact_sync.%")]).unlink()
    # Drop what people made for our models and routes, and names of parts of our models
    # that other modules (mail, sms, …) extend. A prefix would not do: other vendors'
    # models may begin like ours.
    own = own_models(env)
    names = env["ir.model.data"].search(
        [("module", "!=", "ghl_contact_sync"), ("name", "=like", r"%\_\_ghl\_%")]
    )
    parts = tuple(f"__{name.replace('.', '_')}__" for name in own)
    names.filtered(lambda data: any(part in data.name for part in parts)).unlink()
    for model, domain in (
        ("ir.filters", [("model_id", "in", own)]),
        ("ir.exports", [("resource", "in", own)]),
        ("res.users.apikeys", [("scope", "=", "ghl_contact_sync")]),
    ):
        env[model].sudo().with_context(active_test=False).search(domain).unlink()
    drop_function(env.cr)
    ranking.tear_down(env.cr)


def own_models(env) -> list[str]:
    """Return the names of the models that this addon makes."""
    return [
        name
        for name, Model in env.registry.items()
        if Model._original_module == "ghl_contact_sync"
    ]
