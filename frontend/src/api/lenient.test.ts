import { describe, expect, it } from "vitest";

import { zContacts, zLocations, zStatus } from "../contract/zod.gen";
import { FakeBackend } from "../test/fakeBackend";
import { lenient } from "./lenient";

function answer(path: string): Record<string, unknown> {
  const backend = new FakeBackend();
  backend.addPlace("loc1", "Harbor", 20, 12);
  backend.order(backend.addPlace("loc2", "Dental", 3, 0));
  const url = new URL(`http://x/api${path}`);
  const told = backend.handle("GET", url, {});
  if (told === "down") throw new Error("the backend is down");
  return structuredClone(told.body) as Record<string, unknown>;
}

const contacts = () => answer("/location-contacts-optimized?location_id=loc1&page=1&limit=10");

describe("what the page takes of an answer", () => {
  it("is all of an answer that is as described", () => {
    const told = contacts();
    // The year 0 of an import is no date that the format allows, and shown all the same.
    expect(lenient(zContacts).parse(told)).toEqual(told);
    const status = answer("/sync-status?location_id=loc2");
    expect(zStatus.parse(status)).toEqual(status);
    expect(lenient(zStatus).parse(status)).toEqual(status);
  });

  it("has blanks where a field is odd or missing", () => {
    const told = contacts();
    const [first, ...others] = told["contacts"] as Record<string, unknown>[];
    const odd = { ...first, name: 7, dnd: "yes", tags: ["a", 3], custom_fields: [], address: "x" };
    delete (odd as Partial<typeof odd>).tags;
    const parsed = lenient(zContacts).parse({ ...told, contacts: [odd, ...others], limit: "10" });
    expect(parsed.contacts[0]).toMatchObject({
      name: null,
      dnd: false,
      tags: [],
      custom_fields: {},
      address: { city: null },
    });
    expect(parsed.contacts).toHaveLength(10);
    expect(parsed.limit).toBe(0);
  });

  it("leaves out what nothing can stand for", () => {
    const told = contacts();
    const [first, ...others] = told["contacts"] as Record<string, unknown>[];
    const parsed = lenient(zContacts).parse({ ...told, contacts: [{ ...first, id: null }, ...others] });
    expect(parsed.contacts).toHaveLength(9);
    expect(lenient(zContacts).safeParse({ ...told, status: null }).success).toBe(false);
    const list = answer("/installed-locations");
    const [location] = list["locations"] as Record<string, unknown>[];
    const { locations } = lenient(zLocations).parse({
      locations: [{ ...location, sync: { state: "dancing" } }],
      success: true,
    });
    expect(locations[0]?.sync).toBeNull();
  });
});
