import { screen, waitFor, within } from "@testing-library/react";
import { describe, expect, it } from "vitest";

import type { Change } from "../../contract/types.gen";
import { FakeBackend } from "../../test/fakeBackend";
import { renderPage } from "../../test/renderPage";

function change(id: number, values: Partial<Change>): Change {
  return {
    id,
    contact_id: "c1",
    changed_at: "2026-11-01T10:00:00Z",
    action: "changed",
    origin: "run",
    origin_text: "Delta sync 7. Started by itself, as the schedule says.",
    run_id: 7,
    user: null,
    event: null,
    fields: [],
    reason: null,
    payload: null,
    ...values,
  };
}

async function openHistory(changes: readonly Change[]) {
  const backend = new FakeBackend();
  const place = backend.addPlace("loc1", "Harbor", 20, 20);
  place.changes = changes;
  const page = renderPage(backend, { search: "?location_id=loc1" });
  await screen.findByTestId("page-range");
  await page.user.click(screen.getByRole("button", { name: "Tagged Ted" }));
  const drawer = within(screen.getByRole("dialog"));
  expect(backend.calls.join()).not.toContain("contact-changes");
  await page.user.click(drawer.getByRole("button", { name: "Why is this contact so?" }));
  return { ...page, backend, drawer };
}

describe("the history of a contact", () => {
  it("tells who changed it, from what to what, and what was refused", async () => {
    const { drawer } = await openHistory([
      change(3, { action: "refused", reason: "older than what the mirror holds", payload: '{"a":1}' }),
      change(2, { fields: [{ field: "city", label: "City", before: "Wien", after: "Graz" }] }),
    ]);
    expect(await drawer.findByText("Refused")).toBeVisible();
    expect(drawer.getByText("older than what the mirror holds")).toBeVisible();
    expect(drawer.getByText('{"a":1}')).toBeInTheDocument();
    const history = within(drawer.getByRole("list", { name: "Changes" }));
    expect(history.getByText("City").closest("div")).toHaveTextContent("CityWien → Graz");
    expect(drawer.getAllByText(/Delta sync 7/)).toHaveLength(2);
  });

  it("brings older changes on demand", async () => {
    const many = Array.from({ length: 25 }, (_, index) => change(100 - index, {}));
    const { drawer, user } = await openHistory(many);
    await waitFor(() => expect(drawer.getAllByText("Changed")).toHaveLength(20));
    await user.click(drawer.getByRole("button", { name: "Show older changes" }));
    await waitFor(() => expect(drawer.getAllByText("Changed")).toHaveLength(25));
    expect(drawer.queryByRole("button", { name: "Show older changes" })).not.toBeInTheDocument();
  });

  it("says when nothing is noted, and offers another try when it fails", async () => {
    const { drawer } = await openHistory([]);
    expect(await drawer.findByText(/Nothing is noted/)).toBeVisible();
  });
});
