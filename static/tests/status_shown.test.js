import { beforeEach, describe, expect, test } from "@odoo/hoot";
import { allowTranslations } from "@web/../tests/web_test_helpers";

import { iconOf } from "@ghl_contact_sync/fleet/fleet_totals";
import { stateOf } from "@ghl_contact_sync/run_graph/run_graph";
import { countdown } from "@ghl_contact_sync/status/status_field";

describe.current.tags("headless");

beforeEach(() => allowTranslations());

const { DateTime } = luxon;

describe("time that is left", () => {
    const now = DateTime.fromISO("2026-03-04T12:00:00Z");
    const after = (values) => String(countdown(now.plus(values), now));

    test("counts in the units that matter", () => {
        expect(after({ hours: 3, minutes: 5, seconds: 9 })).toBe("in 3 h 5 min");
        expect(after({ minutes: 2, seconds: 9 })).toBe("in 2 min 9 s");
        expect(after({ seconds: 9 })).toBe("in 9 s");
    });

    test("says nothing of what is past", () => {
        expect(after({ seconds: 0 })).toBe("");
        expect(after({ hours: -1 })).toBe("");
    });
});

describe("colours of runs", () => {
    test("the state of a dataset is read off its domains", () => {
        const day = ["create_date", ">=", "2026-03-04"];
        expect(stateOf({ domains: [["&", day, ["state", "=", "failed"]]] })).toBe("failed");
        expect(stateOf({ domains: [[day], [["state", "=", "done"]]] })).toBe("done");
        expect(stateOf({ domains: [[day]] })).toBe(undefined);
        expect(stateOf({})).toBe(undefined);
    });
});

describe("the line above the fleet", () => {
    test("is green where every location is complete, and nowhere else", () => {
        const icon = (needYou, well) => iconOf({ locations: 3, need_you: needYou, well });
        expect(icon(0, 3)).toBe("fa-check-circle text-success");
        expect(icon(0, 1)).toBe("fa-info-circle text-muted");
        expect(icon(1, 2)).toBe("fa-exclamation-circle text-danger");
    });
});
