import { describe, expect, it } from "vitest";

import { describePaging, lastPageInstead, type Counted } from "./paging";
import { DEFAULT_VIEW } from "./view";

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
