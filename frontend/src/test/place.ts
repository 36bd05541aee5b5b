import type { Change, Contact, Plan, State, Sync } from "../contract/types.gen";
import type { FakePartners } from "./fakePartners";
import type { FakeReview } from "./fakeReview";

/** A location of the fake backend. */
export interface Place {
  readonly id: string;
  readonly name: string | null;
  readonly upstream: readonly Contact[];
  mirrored: number;
  /** GoHighLevel's total, when it is another than what was made; null: not known. */
  total?: number | null;
  /** Nothing was ever read: no figure of the mirror is known. */
  neverSynced?: boolean;
  /** What the server says of the place in spite of its figures. */
  says?: Partial<State>;
  review?: FakeReview;
  /** What syncs would cost. */
  plan?: Plan;
  changes?: readonly Change[];
  partners: FakePartners;
  provenAt: string | null;
  lastSync: string | null;
  /** What the server says of the next sync by schedule. */
  nextSync?: { at: string | null; reason: string };
  runs: Sync[];
}
