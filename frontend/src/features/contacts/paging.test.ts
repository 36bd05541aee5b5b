import { describe, expect, it } from "vitest";

import { describePaging, lastPageInstead, mayBeCountOf, type Counted } from "./paging";
import { DEFAULT_VIEW } from "./view";
import { population } from "../../test/population";

/** What the addon answers behind the end of a search that it did not count to its end. */
const behind = (counted: number): Counted => ({
  contacts: [],
  has_more: false,
  total_contacts: counted,
  filtered_count: counted,
  filtered_count_exact: false,
});
const viewOf = (page: number, limit = 10) => ({ ...DEFAULT_VIEW, search: "a", page, limit });

describe("a page behind the end of a search", () => {
  it.each([
    [5_000, 10, 1_000],
    [1_001, 10, 1_000],
    [401, 25, 400],
    [5_000, 100, 100],
  ])("leads from page %d of %d rows to page %d", (page, limit, last) => {
    expect(lastPageInstead(behind(10_000), viewOf(page, limit), null)).toBe(last);
  });

  it("leads to the first page where fewer were counted than a page holds", () => {
    expect(lastPageInstead(behind(3), viewOf(2), null)).toBe(1);
  });

  it("leads nowhere from a page that it would lead to, or from one with more behind", () => {
    expect(lastPageInstead(behind(10_000), viewOf(1_000), null)).toBeNull();
    expect(lastPageInstead(behind(3), viewOf(1), null)).toBeNull();
    const more = { ...behind(10_000), has_more: true };
    expect(lastPageInstead(more, viewOf(5_000), null)).toBeNull();
  });

  it("has neither a first row nor a last", () => {
    for (const exact of [true, false]) {
      const page = { ...behind(10_000), filtered_count_exact: exact };
      expect(describePaging(page, viewOf(5_000), null)).toMatchObject({ first: 0, last: 0 });
    }
  });
});

describe("a count that was taken before a page was read", () => {
  const contacts = population(5);

  it.each([
    ["more behind it than the count", 5, true, 15, false],
    ["more behind it, as the count", 5, true, 16, true],
    ["its end before that of the count", 5, false, 16, false],
    ["its end where the count has it", 5, false, 15, true],
    ["its end behind that of the count", 5, false, 14, false],
    ["nothing, and the count ends before", 0, false, 10, true],
    ["nothing, and the count goes on", 0, false, 11, false],
  ])("is held against it: %s", (_what, rows, more, count, fits) => {
    const page = { contacts: contacts.slice(0, rows), has_more: more, page: 2, limit: 10 };
    expect(mayBeCountOf(page, count)).toBe(fits);
  });
});
