import { screen, waitFor, within } from "@testing-library/react";
import { describe, expect, it } from "vitest";

import type { DeletionReview } from "../../api/review";
import { localAction } from "../../lib/action";
import { FakeBackend } from "../../test/fakeBackend";
import { FakeReview } from "../../test/fakeReview";
import { renderPage } from "../../test/renderPage";

async function open(count = 60, says: Partial<DeletionReview> = {}) {
  const backend = new FakeBackend();
  const place = backend.addPlace("loc1", "Harbor", 187, 187);
  const review = new FakeReview(count);
  review.says = says;
  place.review = review;
  const action = localAction("review_deletions", "Review Deletions", {
    method: "GET",
    path: "/api/deletion-review?location_id=loc1&run_id=7",
    url: "/odoo/ghl-sync-runs/7",
  });
  place.says = {
    notes: [{ code: "brake", tone: "warning", text: "60 contacts are gone.", actions: [action] }],
  };
  const page = renderPage(backend);
  await page.user.click(await screen.findByRole("button", { name: "Review Deletions" }));
  const drawer = within(await screen.findByRole("dialog", { name: "Review deletions" }));
  await drawer.findByText("Gone Person 0");
  return { backend, review, drawer, ...page };
}

type Drawer = Awaited<ReturnType<typeof open>>["drawer"];

const head = (drawer: Drawer) => drawer.getByText(/would be deleted/);

describe("the review of deletions", () => {
  it("shows who would go, how many, and what the brake is", async () => {
    const { drawer } = await open();
    expect(head(drawer)).toHaveTextContent(
      "60 of 2,431 mirrored contacts would be deleted (12.3%).",
    );
    expect(drawer.getByText(/More than 10%/)).toBeVisible();
    expect(drawer.getAllByRole("listitem").length).toBeGreaterThan(25);
    expect(drawer.getByRole("link", { name: "List and export in Odoo" })).toHaveAttribute(
      "href",
      "/odoo/ghl-deletion-reviews/3",
    );
  });

  it("says whom to ask to who may not decide", async () => {
    const { drawer, user, review } = await open(60, {
      can_decide: false,
      ask: "Ask Ada.",
    });
    const accept = drawer.getByRole("button", { name: "Accept the deletions" });
    expect(accept).toHaveAccessibleDescription("Ask Ada.");
    await user.click(accept);
    expect(screen.queryByRole("dialog", { name: "Accept the deletions?" })).toBeNull();
    expect(review.decisions).toEqual([]);
  });

  it("offers nothing once the question has expired", async () => {
    const { drawer } = await open(60, { state: "expired" });
    expect(drawer.getByText(/The question has expired/)).toBeVisible();
    expect(drawer.queryByRole("button", { name: "Keep them" })).not.toBeInTheDocument();
  });

  it("pages and searches", async () => {
    const { drawer, user, backend } = await open();
    await user.click(drawer.getByRole("button", { name: "Next page" }));
    expect(await drawer.findByText("Gone Person 49")).toBeVisible();
    await user.type(drawer.getByLabelText("Search these contacts"), "person 59");
    expect(await drawer.findByText("Gone Person 59")).toBeVisible();
    await waitFor(() => expect(drawer.queryByText("Gone Person 49")).not.toBeInTheDocument());
    // Names of people are for no server's log of addresses.
    expect(backend.calls.filter((call) => call.includes("person"))).toEqual([]);
  });

  it("accepts only after a second question", async () => {
    const { drawer, user, review } = await open();
    await user.click(drawer.getByRole("button", { name: "Accept the deletions" }));
    const question = within(screen.getByRole("dialog", { name: "Accept the deletions?" }));
    await user.click(question.getByRole("button", { name: "Cancel" }));
    expect(review.decisions).toEqual([]);
    await user.click(drawer.getByRole("button", { name: "Accept the deletions" }));
    await user.click(screen.getByRole("button", { name: "Accept 60 contacts" }));
    expect(await drawer.findByText(/The deletions are accepted/)).toBeVisible();
    expect(review.decisions).toEqual(["accept"]);
  });

  it.each([
    ["Keep them", "keep", /are kept/],
    ["Verify again", "verify", /looks again for them/],
  ])("%s", async (name, decision, words) => {
    const { drawer, user, review } = await open();
    await user.click(drawer.getByRole("button", { name }));
    expect(await drawer.findByText(words)).toBeVisible();
    expect(review.decisions).toEqual([decision]);
  });

  it("decides on the list that was shown, not on the one that has replaced it", async () => {
    const { drawer, user, review } = await open();
    await user.click(drawer.getByRole("button", { name: "Accept the deletions" }));
    review.says = { review_id: 4, count: 100 };
    await user.click(screen.getByRole("button", { name: "Accept 60 contacts" }));
    expect(await drawer.findByText("The decision could not be stored")).toBeVisible();
    expect(drawer.getByText("A later sync found others as well.")).toBeVisible();
    expect(review.decisions).toEqual([]);
    // The one that asks now is shown, and can be decided.
    await waitFor(() => expect(head(drawer)).toHaveTextContent(/^100 of 2,431/));
    await user.click(drawer.getByRole("button", { name: "Accept the deletions" }));
    await user.click(screen.getByRole("button", { name: "Accept 100 contacts" }));
    expect(await drawer.findByText(/The deletions are accepted/)).toBeVisible();
  });

  it("takes back the second question when another list comes", async () => {
    const { drawer, user, review } = await open();
    await user.click(drawer.getByRole("button", { name: "Accept the deletions" }));
    expect(screen.getByRole("button", { name: "Accept 60 contacts" })).toBeVisible();
    review.says = { review_id: 4, count: 100 };
    await user.click(drawer.getByRole("button", { name: "Next page" }));
    await waitFor(() => expect(head(drawer)).toHaveTextContent(/^100 of 2,431/));
    expect(screen.queryByRole("dialog", { name: "Accept the deletions?" })).toBeNull();
  });

  it("shows a list that belongs to no run", async () => {
    const { drawer } = await open(60, { run_id: null });
    expect(head(drawer)).toHaveTextContent(/^60 of 2,431/);
  });

  it("says who has decided", async () => {
    const { review, user, drawer } = await open();
    review.decide("keep");
    await user.type(drawer.getByLabelText("Search these contacts"), "gone");
    expect(await drawer.findByText(/Tess has chosen to keep them/)).toBeVisible();
    expect(drawer.queryByRole("button", { name: "Keep them" })).not.toBeInTheDocument();
  });

  it("has what was kept verified again", async () => {
    const { drawer, user, review } = await open(60, {
      state: "kept",
      decision: "keep",
      decided_by: "Tess",
      can_decide: false,
      decisions: ["verify"],
    });
    expect(drawer.getByText(/Tess has chosen to keep them/)).toBeVisible();
    await user.click(drawer.getByRole("button", { name: "Verify again" }));
    expect(await drawer.findByText(/looks again for them/)).toBeVisible();
    expect(review.decisions).toEqual(["verify"]);
  });

  it("closes by “back”", async () => {
    await open();
    window.history.back();
    await waitFor(() => expect(screen.queryByRole("dialog")).not.toBeInTheDocument());
  });
});
