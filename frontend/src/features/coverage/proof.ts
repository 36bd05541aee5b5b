import type { SyncStatus } from "../../api/syncStatus";
import type { Formatters } from "../../lib/format";

export interface ProofView {
  readonly tone: "success" | "warning" | "neutral";
  readonly label: string;
  readonly detail: string | null;
}

/**
 * What can honestly be said about completeness. Equal counts alone are no proof: one
 * contact may be missing while another one is superfluous.
 */
export function describeProof(
  status: SyncStatus,
  format: Formatters,
  now: number,
): ProofView {
  const { contact_count, ghl_total, proven_complete_at, sync } = status;
  const when = format.relative(proven_complete_at, now);
  if (sync?.proof?.state === "not_proven") {
    const reason = sync.proof.message;
    return {
      tone: "warning",
      label: "Not proven",
      detail: reason,
    };
  }
  if (!proven_complete_at) {
    return {
      tone: "neutral",
      label: "Not proven yet",
      detail:
        ghl_total !== null && contact_count < ghl_total
          ? "Contacts are missing in the mirror. A complete sync ends with a proof."
          : "A complete sync ends with a proof that nothing is missing.",
    };
  }
  if (ghl_total !== null && contact_count !== ghl_total) {
    return {
      tone: "neutral",
      label: `Was complete, proven ${when}`,
      detail: "GoHighLevel has changed since then; the next sync catches up.",
    };
  }
  return { tone: "success", label: `Complete, proven ${when}`, detail: null };
}
