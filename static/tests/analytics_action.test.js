import { expect, test } from "@odoo/hoot";
import { queryFirst } from "@odoo/hoot-dom";
import { defineMailModels } from "@mail/../tests/mail_test_helpers";
import { getService, mountWithCleanup } from "@web/../tests/web_test_helpers";
import { WebClient } from "@web/webclient/webclient";

defineMailModels();

// Odoo's test runner turns every `src` into `data-src`, so that nothing is loaded.
const shownAddress = () => queryFirst(".o_ghl_analytics_frame").dataset.src;

async function openPage(context = {}) {
    await mountWithCleanup(WebClient);
    await getService("action").doAction({
        type: "ir.actions.client",
        tag: "ghl_contact_sync.analytics",
        context,
    });
}

test("the menu shows the page in a frame", async () => {
    await openPage();
    expect(".o_ghl_analytics_frame").toHaveCount(1);
    expect(shownAddress()).toBe("/ghl/analytics");
});

test("a location's button shows the page of that location", async () => {
    await openPage({ ghl_location_id: "a b&c" });
    expect(shownAddress()).toBe("/ghl/analytics?location_id=a+b%26c");
});
