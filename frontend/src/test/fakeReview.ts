import type { DeletionReview, Decision } from "../api/review";

/** The answer where no run asks. */
export const noReview = (): DeletionReview => ({
  ...new FakeReview(0).read(new URLSearchParams({ page: "1", limit: "25" })),
  review_id: null,
  run_id: null,
  url: null,
  state: "none",
});

/** A run that asks whether it may delete `count` contacts. */
export class FakeReview {
  readonly decisions: Decision[] = [];
  readonly contacts: DeletionReview["contacts"];
  /** What the server tells besides, or otherwise. */
  says: Partial<DeletionReview> = {};

  constructor(count: number) {
    this.contacts = Array.from({ length: count }, (_, at) => ({
      id: `gone${at}`,
      name: `Gone Person ${at}`,
      email: `gone${at}@example.com`,
      phone: null,
      last_seen: "2026-11-20T08:00:00Z",
      reason: "GoHighLevel denies this contact.",
    }));
  }

  read(params: URLSearchParams): DeletionReview {
    const page = Number(params.get("page"));
    const limit = Number(params.get("limit"));
    const search = params.get("search")?.toLowerCase() ?? "";
    const found = this.contacts.filter(({ name }) => name?.toLowerCase().includes(search));
    return {
      success: true,
      review_id: 3,
      run_id: 7,
      url: "/odoo/ghl-deletion-reviews/3",
      state: "open",
      message: null,
      can_decide: true,
      decisions: this.decisions.length ? [] : ["accept", "keep", "verify"],
      ask: null,
      count: this.contacts.length,
      mirrored: 2431,
      lost: 0,
      share: 12.3,
      limit: 10,
      expires_at: "2026-11-30T08:00:00Z",
      decided_by: this.decisions.length ? "Tess" : null,
      decided_at: this.decisions.length ? "2026-11-23T08:00:00Z" : null,
      decision: this.decisions.at(-1) ?? null,
      contacts: found.slice((page - 1) * limit, page * limit),
      page,
      has_more: page * limit < found.length,
      ...this.says,
    };
  }

  /** Lists as POST; with a decision on the list that stands, decides first. */
  post(params: URLSearchParams): DeletionReview | null {
    const decision = params.get("decision");
    if (!decision) return this.read(params);
    const { review_id } = this.read(params);
    return Number(params.get("review_id")) === review_id ? this.decide(decision) : null;
  }

  decide(decision: string): DeletionReview {
    this.decisions.push(decision as Decision);
    return this.read(new URLSearchParams({ page: "1", limit: "25" }));
  }
}
