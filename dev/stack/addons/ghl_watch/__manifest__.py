{
    "name": "GoHighLevel: a watch on transactions",
    "summary": "Loaded by the servers of end-to-end tests, never installed.",
    "author": "ghl_contact_sync contributors",
    "license": "LGPL-3",
    "depends": ["base"],
    "installable": False,
    "post_load": "watch",
}
