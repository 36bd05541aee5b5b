import type { Sync } from "../../api/sync";
import type { Formatters } from "../../lib/format";
import { plural } from "../../lib/text";

const TITLES: Readonly<Record<string, string>> = {
  full: "Syncing all contacts",
  delta: "Fetching changes",
  verify: "Verifying the mirror",
};

const PHASES: Readonly<Record<string, string>> = {
  queued: "Waiting for a worker to begin.",
  prepare: "Asking GoHighLevel how much there is to read.",
  sweep: "Reading contacts from GoHighLevel.",
  delta: "Fetching what changed in the meantime.",
  deletions: "Looking for contacts that were deleted.",
  prove: "Comparing counts with GoHighLevel to prove that nothing is missing.",
  done: "Finishing.",
};

export function syncTitle(sync: Sync): string {
  if (sync.state === "queued") return "Sync queued";
  if (sync.state === "waiting") return "Sync waiting";
  return TITLES[sync.kind] ?? "Syncing";
}

/** The state in one sentence; the server's own words win, as they name the cause. */
export function syncSentence(sync: Sync, format: Formatters): string {
  if (sync.message) return sync.message;
  if (sync.state === "queued") return PHASES["queued"] ?? "";
  if (sync.state === "waiting") {
    return sync.resume_at
      ? `Goes on by itself at ${format.time(sync.resume_at)}.`
      : "Goes on by itself as soon as GoHighLevel allows it.";
  }
  return PHASES[sync.phase ?? ""] ?? "Working.";
}

/** "2,420 added, 11 unchanged": only what there is to say. */
export function syncChanges(sync: Sync, format: Formatters): string {
  const parts = [
    [sync.contacts_created, "added"],
    [sync.contacts_updated, "updated"],
    [sync.contacts_unchanged, "unchanged"],
    [sync.contacts_deleted, "deleted"],
  ] as const;
  const said = parts.filter(([count]) => count > 0);
  if (said.length === 0) return "nothing changed";
  return said.map(([count, word]) => `${format.number(count)} ${word}`).join(", ");
}

export function syncSeconds(sync: Sync, now = Date.now()): number | null {
  if (!sync.started_at) return null;
  const end = sync.finished_at ? Date.parse(sync.finished_at) : now;
  const seconds = (end - Date.parse(sync.started_at)) / 1000;
  return Number.isFinite(seconds) && seconds >= 0 ? seconds : null;
}

export interface Fact {
  readonly label: string;
  readonly value: string;
}

/** The figures of a run that are known, in the order of their interest. */
export function syncFacts(sync: Sync, format: Formatters): Fact[] {
  const facts: (Fact | null)[] = [
    {
      label: "Contacts seen",
      value:
        sync.contacts_expected === null
          ? format.number(sync.contacts_seen)
          : `${format.number(sync.contacts_seen)} of ${format.number(sync.contacts_expected)}`,
    },
    sync.rate === null
      ? null
      : { label: "Rate", value: `${format.number(Math.round(sync.rate))}/s` },
    sync.eta_seconds === null
      ? null
      : { label: "Time left", value: `about ${format.duration(sync.eta_seconds)}` },
    { label: "Requests", value: format.number(sync.requests_sent) },
    { label: "Retries", value: format.number(sync.retries) },
    sync.rate_limited
      ? { label: "Rate limited", value: format.number(sync.rate_limited) }
      : null,
    sync.bad_records
      ? { label: "Bad records", value: format.number(sync.bad_records) }
      : null,
    sync.requests_left_today === null
      ? null
      : { label: "Requests left today", value: format.number(sync.requests_left_today) },
  ];
  return facts.filter((fact) => fact !== null);
}

/** The end of a run in words: what changed, how long it took, what is proven. */
export function syncOutcome(sync: Sync, format: Formatters): string {
  const seconds = syncSeconds(sync);
  const seen = `${format.number(sync.contacts_seen)} ${plural(sync.contacts_seen, "contact", "contacts")} read`;
  const sentences = [
    `${seen}: ${syncChanges(sync, format)}${seconds === null ? "" : `, in ${format.duration(seconds)}`}.`,
  ];
  if (sync.bad_records) {
    const noun = plural(sync.bad_records, "record", "records");
    sentences.push(
      `${format.number(sync.bad_records)} ${noun} could not be read in full and ${plural(sync.bad_records, "is", "are")} listed on the run.`,
    );
  }
  if (sync.proof?.state === "proven") sentences.push("Proven complete.");
  if (sync.proof?.state === "not_proven") {
    sentences.push(`Not proven complete: ${sync.proof.message ?? "no reason given"}`);
  }
  return sentences.join(" ");
}
