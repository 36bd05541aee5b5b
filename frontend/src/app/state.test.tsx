import { screen, within } from "@testing-library/react";
import { describe, expect, it } from "vitest";

import { localAction } from "../lib/action";
import { FakeBackend } from "../test/fakeBackend";
import { renderPage } from "../test/renderPage";

function setUp(size: number, mirrored: number) {
  const backend = new FakeBackend();
  return { backend, place: backend.addPlace("loc1", "Harbor", size, mirrored) };
}

const coverage = () => screen.findByTestId("coverage");

describe("the state of a location", () => {
  it("shows what is not known as a dash, never as 0", async () => {
    const { backend, place } = setUp(2431, 0);
    place.neverSynced = true;
    place.total = null;
    renderPage(backend);
    expect(await coverage()).toHaveTextContent(
      "—an unknown number of —an unknown number contacts mirrored",
    );
    expect(screen.getByTestId("state")).toHaveTextContent("Never synced");
    expect(screen.getByRole("option", { name: "Harbor (— · Never synced)" })).toBeVisible();
    expect(await screen.findByText("No contact is mirrored yet")).toBeVisible();
    expect(screen.getByTestId("page-range")).not.toHaveTextContent("0");
    expect(screen.queryByText("This location has no contacts")).not.toBeInTheDocument();
    expect(screen.queryByRole("meter")).not.toBeInTheDocument();
  });

  it("says that a location is empty only when that is known", async () => {
    const { backend } = setUp(0, 0);
    renderPage(backend);
    expect(await screen.findByText("This location has no contacts")).toBeVisible();
  });

  it("says how many are too many, without a share and without green", async () => {
    const { backend, place } = setUp(2431, 2431);
    place.total = 1131;
    renderPage(backend);
    expect(await coverage()).toHaveTextContent(
      "2,431 of 1,131 contacts mirrored – 1,300 more than GoHighLevel has",
    );
    expect(await coverage()).not.toHaveTextContent("%");
    const meter = screen.getByRole("meter");
    expect(meter).toHaveAttribute("aria-valuetext", "1,300 more than GoHighLevel has");
    expect(meter).toHaveClass("ghl-bar--warning");
    expect(screen.getByTestId("state")).toHaveClass("ghl-badge--warning");
  });

  it.each([
    [false, "ghl-bar--brand", "ghl-badge--neutral"],
    [true, "ghl-bar--success", "ghl-badge--success"],
  ])("is green when proven: %s", async (proven, bar, badge) => {
    const { backend, place } = setUp(187, 187);
    place.provenAt = proven ? "2026-11-23T08:00:00Z" : null;
    renderPage(backend);
    expect(await screen.findByRole("meter")).toHaveClass(bar);
    expect(screen.getByTestId("state")).toHaveClass(badge);
  });

  it("leads on from every message, and says whom to ask", async () => {
    const { backend, place } = setUp(187, 100);
    place.says = {
      title: "GoHighLevel refuses the token since 2026-11-23 08:00:00 UTC.",
      detail: "Replace it on the connection.",
      actions: [
        localAction("open_connection", "Open the Connection", {
          kind: "link",
          url: "/odoo/ghl-connections/3",
        }),
        localAction("replace_token", "Replace the Token", {
          kind: "link",
          url: "/odoo/ghl-connections/3",
          allowed: false,
          ask: "Ask Ada, an administrator of GoHighLevel.",
        }),
        localAction("evil", "Elsewhere", { kind: "link", url: "https://evil.example/" }),
      ],
      notes: [
        {
          code: "webhooks",
          tone: "warning",
          text: "3 webhooks were refused.",
          actions: [localAction("open_webhooks", "See Webhooks", { kind: "link", url: "/odoo/ghl-webhooks" })],
        },
      ],
    };
    renderPage(backend);
    const card = within(await screen.findByRole("region", { name: "State of the mirror" }));
    expect(card.getByTestId("state-title")).toHaveTextContent("since Nov 23, 2026, 9:00 AM.");
    const link = card.getByRole("link", { name: "Open the Connection" });
    expect(link).toHaveAttribute("href", "/odoo/ghl-connections/3");
    expect(link).toHaveAttribute("target", "_top");
    const off = card.getByRole("button", { name: "Replace the Token" });
    expect(off).toHaveAttribute("aria-disabled", "true");
    expect(off).toHaveAccessibleDescription("Ask Ada, an administrator of GoHighLevel.");
    expect(card.queryByText("Elsewhere")).not.toBeInTheDocument();
    const notes = within(card.getByRole("list", { name: "Notes on this location" }));
    expect(notes.getByText("3 webhooks were refused.")).toBeVisible();
    expect(notes.getByRole("link", { name: "See Webhooks" })).toBeVisible();
  });

  it("carries out what the server offers, and says what became of it", async () => {
    const { backend, place } = setUp(187, 187);
    place.says = {
      actions: [localAction("try_now", "Try Now", { path: "/api/sync-resume" })],
    };
    const { user } = renderPage(backend);
    await user.click(await screen.findByRole("button", { name: "Try Now" }));
    expect(await screen.findByText(/Nothing waits/)).toBeVisible();
    backend.faults.push({
      path: "/sync-resume",
      answer: { status: 403, body: { success: false, error: "Not for you.", code: "x" } },
    });
    await user.click(screen.getByRole("button", { name: "Try Now" }));
    expect(await screen.findByText("The sync could not be woken: Not for you.")).toBeVisible();
  });
});
