import * as z from "zod/mini";

import { actions } from "./actions";
import { figure, list, text } from "./fields";

const tone = z.catch(z.enum(["success", "info", "warning", "danger", "neutral"]), "neutral");

const note = z.object({
  code: z.string(),
  tone,
  text: z.string(),
  actions,
});

const counts = z.object({
  mirrored: z._default(figure, null),
  ghl_total: z._default(figure, null),
  ghl_total_at: z._default(text, null),
  /** Mirrored minus GoHighLevel's total: above 0 when there are too many. */
  difference: z._default(figure, null),
  coverage: z._default(figure, null),
});

const stateSchema = z.object({
  code: z.string(),
  tone,
  label: z.string(),
  title: z.string(),
  detail: z._default(text, null),
  since: z._default(text, null),
  actions,
  notes: list(note),
  counts,
});

/** The one state of a location, as the server computes it for everybody. */
export type LocationState = z.infer<typeof stateSchema>;
export type StateNote = z.infer<typeof note>;
export type StateTone = z.infer<typeof tone>;

export const state = z._default(z.catch(z.nullable(stateSchema), null), null);

interface Entry {
  readonly status: LocationState | null;
  readonly contact_count: number | null;
  readonly ghl_total: number | null;
  readonly proven_complete_at: string | null;
}

/**
 * The state of a location; of a server that does not tell it, no more than that it is
 * not known. The page draws no conclusions of its own: they would contradict others.
 */
export function stateOf(entry: Entry): LocationState {
  if (entry.status) return entry.status;
  const known = entry.contact_count !== null && entry.contact_count > 0;
  return {
    code: "unknown",
    tone: "neutral",
    label: "Not known",
    title: "The server does not say how complete this mirror is.",
    detail: null,
    since: null,
    actions: [],
    notes: [],
    counts: {
      mirrored: known ? entry.contact_count : null,
      ghl_total: entry.ghl_total,
      ghl_total_at: null,
      difference: null,
      coverage: null,
    },
  };
}
