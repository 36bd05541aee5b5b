import { describe, expect, it } from "vitest";

import { coveragePercent } from "./coverage";
import { createFormatters } from "./format";
import { parseDate, toLanguageTag, toTimeZone } from "./locale";
import { monthSeries } from "./time/months";
import { niceTicks } from "./scale";
import { initials, webLink } from "./text";

describe("coverage", () => {
  it.each([
    [0, 2431, 0],
    [1, 1_000_000, 0.1],
    [11, 2431, 0.5],
    [2430, 2431, 99.9],
    [999_999, 1_000_000, 99.9],
    [2431, 2431, 100],
    [2433, 2431, 100],
    [0, 0, 100],
  ])("of %i of %i is %d per cent", (count, total, percent) => {
    expect(coveragePercent(count, total)).toBe(percent);
  });

  it("is unknown without a total", () => expect(coveragePercent(5, null)).toBeNull());
});

describe("locales", () => {
  it.each([
    ["en_US", "en-US"],
    ["sr@latin", "sr-Latn"],
    ["es_419", "es-419"],
    ["zh_CN", "zh-CN"],
    ["no such language!", "en-US"],
    [null, "en-US"],
  ])("reads %s as %s", (odoo, tag) => expect(toLanguageTag(odoo)).toBe(tag));

  it("ignores time zones that do not exist", () => {
    expect(toTimeZone("Mars/Olympus")).toBeUndefined();
    expect(toTimeZone("Europe/Brussels")).toBe("Europe/Brussels");
  });

  it("takes Odoo's dates for UTC", () => {
    expect(parseDate("2026-01-02 03:04:05")?.toISOString()).toBe("2026-01-02T03:04:05.000Z");
    expect(parseDate("0000-00-00")).toBeNull();
  });
});

describe("formats", () => {
  const format = createFormatters("en-US", "Europe/Brussels");
  const now = Date.parse("2026-11-23T12:00:00Z");

  it.each([
    ["2026-11-23T11:59:58Z", "now"],
    ["2026-11-23T11:57:00Z", "3 min. ago"],
    ["2026-11-22T12:00:00Z", "yesterday"],
    ["2026-11-23T14:00:00Z", "in 2 hr."],
    [null, ""],
  ])("%s is %s", (iso, words) => expect(format.relative(iso, now)).toBe(words));

  it("uses the user's time zone", () => {
    expect(format.dateTime("2026-06-30T22:30:00Z")).toContain("Jul 1, 2026");
  });

  it("shows an impossible date as it came", () => {
    expect(format.date("0000-00-00")).toBe("0000-00-00");
  });

  it.each([
    [0.4, "0 sec"],
    [75, "1 min 15 sec"],
    [1900, "31 min"],
    [7260, "2 hr 1 min"],
  ])("%d seconds are %s", (seconds, words) => expect(format.duration(seconds)).toBe(words));
});

describe("months", () => {
  const today = "2026-11";

  it("fills gaps and keeps what came before the span in the total", () => {
    const growth = [
      { month: "2024-01", added: 5, total: 5 },
      { month: "2026-10", added: 2, total: 7 },
    ];
    expect(monthSeries(growth, 3, today)).toEqual([
      { month: "2026-09", added: 0, total: 5 },
      { month: "2026-10", added: 2, total: 7 },
      { month: "2026-11", added: 0, total: 7 },
    ]);
  });

  it("does not let absurd dates stretch the axis", () => {
    const growth = [
      { month: "1970-01", added: 3, total: 3 },
      { month: "2026-11", added: 1, total: 4 },
      { month: "9999-12", added: 1, total: 5 },
      { month: "junk", added: 1, total: 6 },
    ];
    expect(monthSeries(growth, null, today)).toEqual([
      { month: "2026-11", added: 1, total: 4 },
    ]);
  });

  it("is empty without dates", () => expect(monthSeries([], 12, today)).toEqual([]));
});

describe("small things", () => {
  it.each([
    ["Ada Lovelace", "AL"],
    ["🦄 zoë 🚀", "Z"],
    ["محمد الحسيني", "ما"],
    [null, ""],
  ])("abbreviates %s to %s", (name, letters) => expect(initials(name)).toBe(letters));

  it("links to the web alone", () => {
    expect(webLink("https://example.com/x")).toBe("https://example.com/x");
    expect(webLink("javascript:alert(1)")).toBeNull();
    expect(webLink("https://")).toBeNull();
  });

  it("finds round scale values", () => {
    expect(niceTicks(187)).toEqual([0, 50, 100, 150, 200]);
    expect(niceTicks(0)).toEqual([0]);
    expect(niceTicks(3)).toEqual([0, 1, 2, 3]);
  });
});
