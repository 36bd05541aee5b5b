/** Addresses in Odoo's backend; the names are those of the actions in its menu. */
export const runUrl = (runId: number | string) => `/odoo/ghl-sync-runs/${encodeURIComponent(runId)}`;

export const RUNS_URL = "/odoo/ghl-sync-runs";
export const CONNECTIONS_URL = "/odoo/ghl-connections";
export const CONTACTS_URL = "/odoo/ghl-contacts";
