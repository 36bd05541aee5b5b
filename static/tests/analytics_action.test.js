import { beforeEach, expect, test } from "@odoo/hoot";
import { manuallyDispatchProgrammaticEvent, queryFirst } from "@odoo/hoot-dom";
import { runAllTimers } from "@odoo/hoot-mock";
import { defineMailModels } from "@mail/../tests/mail_test_helpers";
import { getService, mountWithCleanup, patchWithCleanup } from "@web/../tests/web_test_helpers";
import { AnalyticsAction } from "@ghl_contact_sync/analytics_action/analytics_action";
import { browser } from "@web/core/browser/browser";
import { router } from "@web/core/browser/router";
import { WebClient } from "@web/webclient/webclient";

defineMailModels();

// Odoo's test runner turns every `src` into `data-src`, so that nothing is loaded.
const frame = () => queryFirst(".o_ghl_analytics_frame");
const shownAddress = () => frame().dataset.src;

async function openPage(context = {}) {
    await getService("action").doAction({
        type: "ir.actions.client",
        tag: "ghl_contact_sync.analytics",
        context,
    });
}

beforeEach(() => mountWithCleanup(WebClient));

test("the menu shows the page in a frame", async () => {
    await openPage();
    expect(".o_ghl_analytics_frame").toHaveCount(1);
    expect(shownAddress()).toBe("/ghl/analytics");
});

test("a location's button shows the page of that location", async () => {
    await openPage({ ghl_location_id: "a b&c" });
    expect(shownAddress()).toBe("/ghl/analytics?location_id=a+b%26c");
});

test("the view that the address holds is shown again", async () => {
    router.replaceState({ ghl_view: "location_id=abc&view=history" });
    await runAllTimers();
    await openPage({ ghl_location_id: "another" });
    expect(shownAddress()).toBe("/ghl/analytics?location_id=abc&view=history");
    await runAllTimers();
    expect(router.current.ghl_view).toBe("location_id=abc&view=history");
});

test("what the page mends goes into the address, without an entry of its own", async () => {
    let view = "";
    patchWithCleanup(AnalyticsAction.prototype, {
        get shownView() {
            return view;
        },
    });
    await openPage();
    await manuallyDispatchProgrammaticEvent(frame(), "load");
    await runAllTimers();
    const entries = browser.history.length;
    view = "location_id=abc";
    frame().contentWindow.dispatchEvent(new Event("ghl-url-changed"));
    await runAllTimers();
    expect(router.current.ghl_view).toBe("location_id=abc");
    view = "";
    frame().contentWindow.dispatchEvent(new Event("ghl-url-changed"));
    await runAllTimers();
    expect(router.current.ghl_view).toBe(undefined);
    expect(browser.history.length).toBe(entries);
});

test("steps of the page are the client's, and back shows them without a reload", async () => {
    let view = "";
    patchWithCleanup(AnalyticsAction.prototype, {
        get shownView() {
            return view;
        },
        showView(wanted = "") {
            expect.step(`shown: ${wanted}`);
            view = wanted;
        },
    });
    await openPage();
    await manuallyDispatchProgrammaticEvent(frame(), "load");
    await runAllTimers();
    const page = frame().contentWindow;
    const entries = browser.history.length;
    for (const step of ["view=history", "view=analytics"]) {
        const told = new Event("ghl-url-pushed", { cancelable: true });
        // The page makes no entry of its own then.
        expect(page.dispatchEvent(told)).toBe(false);
        view = step;
        page.dispatchEvent(new Event("ghl-url-changed"));
        await runAllTimers();
    }
    expect(browser.history.length).toBe(entries + 2);
    expect(router.current.ghl_view).toBe("view=analytics");
    const shown = frame();
    browser.history.back();
    await runAllTimers();
    browser.history.back();
    await runAllTimers();
    expect.verifySteps(["shown: view=history", "shown: "]);
    expect(frame()).toBe(shown);
});
