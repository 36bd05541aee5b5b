import { act, screen } from "@testing-library/react";
import { describe, expect, it } from "vitest";

import { mount, unmount } from "./analytics";
import { FakeBackend } from "./test/fakeBackend";
import { serve } from "./test/server";

function host(): HTMLElement {
  const el = document.createElement("div");
  document.body.append(el);
  return el;
}

describe("the bundle", () => {
  it("shows the page in the element and takes it out again", async () => {
    const backend = new FakeBackend();
    backend.addPlace("loc1", "Harbor", 20, 20);
    serve(backend);
    const el = host();
    act(() => mount(el, { lang: "fr_FR", apiBase: "/api", user: { canSync: true } }));
    expect(await screen.findByTestId("coverage")).toHaveTextContent("20 of 20");
    expect(screen.getByRole("button", { name: "Sync All Contacts" })).toBeEnabled();
    act(() => unmount(el));
    expect(el).toBeEmptyDOMElement();
    el.remove();
  });

  it("works with a host that says nothing", async () => {
    serve(new FakeBackend());
    const el = host();
    act(() => mount(el, undefined));
    expect(await screen.findByText("No location is connected yet")).toBeVisible();
    act(() => unmount(el));
    el.remove();
  });
});
