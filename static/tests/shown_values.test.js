import { beforeEach, describe, expect, test } from "@odoo/hoot";
import { allowTranslations, patchWithCleanup } from "@web/../tests/web_test_helpers";

import { localization } from "@web/core/l10n/localization";

import { honestPercent } from "@ghl_contact_sync/coverage/coverage_field";
import { linkParts, readable } from "@ghl_contact_sync/key_values/key_values_field";

describe.current.tags("headless");

beforeEach(() => {
    allowTranslations();
    patchWithCleanup(localization, { decimalPoint: ".", thousandsSep: ",", grouping: [3, 0] });
});

test("a share is never shown as more than it is, nor as nothing", () => {
    const shares = { 0: "0", 0.0001: "0.1", 0.45: "0.4", 50: "50", 99.96: "99.9", 100: "100" };
    for (const [percent, shown] of Object.entries(shares)) {
        expect(honestPercent(Number(percent))).toBe(shown);
    }
});

test("any JSON value can be read", () => {
    expect(readable(null)).toBe("–");
    expect(readable([])).toBe("–");
    expect(readable(0)).toBe("0");
    expect(readable(true)).toBe("Yes");
    expect(readable(["Blue", "Green"])).toBe("Blue, Green");
    expect(readable({ a: { b: 1 }, c: [2] })).toBe("a: (b: 1); c: 2");
});

test("only web addresses become links", () => {
    expect(linkParts("javascript:alert(1)")).toEqual([
        { text: "javascript:alert(1)", href: false },
    ]);
    expect(linkParts("url: https://example.com/a.pdf; size: 3")).toEqual([
        { text: "url: ", href: false },
        { text: "https://example.com/a.pdf", href: "https://example.com/a.pdf" },
        { text: "; size: 3", href: false },
    ]);
});
