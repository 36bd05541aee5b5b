import { screen, waitFor, within } from "@testing-library/react";
import { describe, expect, it } from "vitest";

import type { ContactPartner } from "../../contract/types.gen";
import { FakeBackend } from "../../test/fakeBackend";
import { renderPage } from "../../test/renderPage";

const partner = { id: 4, name: "Ada Lovelace", email: null, url: "/odoo/res.partner/4" };

/** Opens the drawer of a contact of which the server says so. */
async function setUp(says: Partial<ContactPartner>) {
  const backend = new FakeBackend();
  const place = backend.addPlace("loc1", "Harbor", 20, 20);
  place.partners.says = says;
  const id = place.upstream[0]?.id ?? "";
  const page = renderPage(backend, { search: `?location_id=loc1&contact=${id}` });
  await screen.findByTestId("page-range");
  await waitFor(() => expect(screen.queryByRole("dialog")).toBeVisible());
  return { backend, place, id, ...page };
}

const panel = () => screen.findByRole("region", { name: "Odoo contact" });

describe("the Odoo contact in the drawer", () => {
  it("leads to the linked contact, and unlinks it", async () => {
    const says = { enabled: true, may_decide: true, state: "linked", reason: "E-mail", partner } as const;
    const { user, place } = await setUp(says);
    const shown = await panel();
    expect(within(shown).getByRole("link", { name: "Ada Lovelace" })).toHaveAttribute(
      "href",
      "/odoo/res.partner/4",
    );
    expect(shown).toHaveTextContent("Linked: E-mail.");
    await user.click(within(shown).getByRole("button", { name: "Unlink" }));
    await waitFor(() => expect(place.partners.decisions).toEqual(["unlink"]));
  });

  it("offers candidates, a search, and to create one", async () => {
    const { user, place, backend } = await setUp({
      enabled: true,
      may_decide: true,
      state: "review",
      reason: "The name is another one",
      candidates: [{ ...partner, score: 0.6 }],
    });
    const shown = await panel();
    await user.click(within(shown).getByRole("button", { name: "Link to Ada Lovelace" }));
    await user.type(within(shown).getByRole("searchbox"), "bob");
    await user.click(await within(shown).findByRole("button", { name: "Link to Found bob" }));
    await user.click(within(shown).getByRole("button", { name: "Create Odoo contact" }));
    await user.click(within(shown).getByRole("button", { name: "Ignore" }));
    await waitFor(() =>
      expect(place.partners.decisions).toEqual(["link 4", "link 9", "create", "ignore"]),
    );
    // Names that are searched for stand in no address.
    expect(backend.calls.some((call) => call.includes("bob"))).toBe(false);
  });

  it("tells a reader what is so, and offers nothing", async () => {
    await setUp({ enabled: true, state: "linked", hidden: true });
    const shown = await panel();
    expect(shown).toHaveTextContent("Linked to a contact that you may not see.");
    expect(within(shown).queryByRole("button")).not.toBeInTheDocument();
  });

  it("is silent where nothing is linked", async () => {
    const { backend } = await setUp({});
    await waitFor(() =>
      expect(backend.calls.some((call) => call.includes("contact-partner"))).toBe(true),
    );
    expect(screen.queryByRole("region", { name: "Odoo contact" })).not.toBeInTheDocument();
  });

  it("erases a person after one more question", async () => {
    const { user, place, id } = await setUp({ may_erase: true });
    const ask = () => screen.findByRole("button", { name: "Erase this person" });
    await user.click(await ask());
    await user.click(screen.getByRole("button", { name: "Cancel" }));
    expect(place.partners.erased).toEqual([]);
    await user.click(await ask());
    await user.click(screen.getByRole("button", { name: "Erase for good" }));
    await waitFor(() => expect(place.partners.erased).toEqual([id]));
    await waitFor(() => expect(screen.queryByRole("dialog")).not.toBeInTheDocument());
  });
});
