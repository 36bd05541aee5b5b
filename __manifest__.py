{
    "name": "GoHighLevel Contact Sync",
    "version": "19.0.3.0.0",
    "summary": "Complete, provably complete mirror of every GoHighLevel contact",
    # A short description keeps Odoo from rendering README.md as reStructuredText.
    "description": "Mirror every contact of every connected GoHighLevel location.",
    "author": "ghl_contact_sync contributors",
    "website": "https://github.com/ghl-contact-sync/ghl_contact_sync",
    "license": "LGPL-3",
    "category": "Sales/CRM",
    "depends": ["base_setup", "mail", "web"],
    "external_dependencies": {"python": ["requests", "tenacity", "cryptography"]},
    "data": [
        # Groups first: access rights and rules name them.
        "security/ghl_groups.xml",
        "security/ir.model.access.csv",
        "security/ghl_rules.xml",
        "data/ir_cron_data.xml",
        "data/mail_activity_data.xml",
        "views/ghl_connection_views.xml",
        "views/ghl_location_views.xml",
        "views/ghl_location_move_views.xml",
        "views/ghl_contact_views.xml",
        "views/ghl_sync_run_views.xml",
        "views/ghl_deletion_views.xml",
        "views/ghl_webhook_event_views.xml",
        "views/ghl_reference_views.xml",
        "views/ghl_analytics_templates.xml",
        "views/ghl_oauth_templates.xml",
        "views/res_config_settings_views.xml",
        # Menus last: they name the actions above.
        "views/ghl_menus.xml",
    ],
    "assets": {
        "web.assets_backend": [
            "ghl_contact_sync/static/src/**/*",
            ("remove", "ghl_contact_sync/static/src/run_graph/**/*"),
        ],
        # Odoo's graphs are loaded when the first one is opened.
        "web.assets_backend_lazy": ["ghl_contact_sync/static/src/run_graph/**/*"],
        "web.assets_unit_tests": ["ghl_contact_sync/static/tests/**/*"],
    },
    "application": True,
    "post_load": "post_load",
    "post_init_hook": "post_init_hook",
    "uninstall_hook": "uninstall_hook",
    "cloc_exclude": ["static/dist/**/*", "frontend/**/*", "dev/**/*"],
}
