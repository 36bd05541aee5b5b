import { screen } from "@testing-library/react";
import { describe, expect, it } from "vitest";

import { FakeBackend } from "../../test/fakeBackend";
import { renderPage } from "../../test/renderPage";

function shown(): HTMLElement | null {
  return screen.queryByText("Next sync")?.parentElement ?? null;
}

async function open(nextSync?: { at: string | null; reason: string }) {
  const backend = new FakeBackend();
  const place = backend.addPlace("loc1", "Harbor", 20, 20);
  if (nextSync) place.nextSync = nextSync;
  renderPage(backend);
  await screen.findByTestId("coverage");
}

describe("the next sync", () => {
  it("is shown with its time and its reason", async () => {
    const at = new Date(Date.now() + 600_000).toISOString();
    await open({ at, reason: "It changes often." });
    expect(shown()).toHaveTextContent("It changes often.");
    expect(shown()?.querySelector("time")).toHaveAttribute("datetime", at);
    expect(shown()).not.toHaveTextContent("About to begin");
  });

  it("is about to begin when its time has come", async () => {
    await open({ at: new Date(Date.now() - 60_000).toISOString(), reason: "It changes often." });
    expect(shown()).toHaveTextContent("About to begin");
  });

  it("tells why none comes by itself", async () => {
    await open({ at: null, reason: "The schedule is off." });
    expect(shown()).toHaveTextContent("The schedule is off.");
  });

  it("is left out while nothing is known of it", async () => {
    await open();
    expect(shown()).toBeNull();
  });
});
