import type { ContactPartner, Erased } from "../contract/types.gen";

/** Links of contacts to Odoo contacts, as the server keeps them. */
export class FakePartners {
  readonly decisions: string[] = [];
  readonly erased: string[] = [];
  /** What the server tells, or tells otherwise. */
  says: Partial<ContactPartner> = {};

  read(params: URLSearchParams): ContactPartner {
    const search = params.get("search");
    return {
      success: true,
      contact_id: params.get("contact_id") ?? "",
      enabled: false,
      may_decide: false,
      may_erase: false,
      state: "none",
      reason: null,
      partner: null,
      hidden: false,
      waiting: false,
      not_taken: [],
      candidates: [],
      choices: search
        ? [{ id: 9, name: `Found ${search}`, email: null, url: "/odoo/res.partner/9" }]
        : [],
      ...this.says,
    };
  }

  decide(params: URLSearchParams): ContactPartner {
    const decision = params.get("decision");
    if (decision) {
      const partner = params.get("partner_id");
      this.decisions.push(partner ? `${decision} ${partner}` : decision);
    }
    return this.read(params);
  }

  erase(params: URLSearchParams): Erased {
    const id = params.get("contact_id") ?? "";
    this.erased.push(id);
    return { success: true, contact_id: id, erased: true };
  }
}
