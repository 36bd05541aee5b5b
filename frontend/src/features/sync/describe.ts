import type { Formatters } from "../../lib/format";
import { isActive, type Sync } from "../../lib/syncRun";
import { localMoments } from "../../lib/time/moments";
import { plural } from "../../lib/text";

const TITLES: Readonly<Record<Sync["kind"], string>> = {
  full: "Syncing all contacts",
  delta: "Fetching changes",
  verify: "Verifying the mirror",
  audit: "Reading contents again",
};

const NOUNS: Readonly<Record<Sync["kind"], string>> = {
  full: "all contacts",
  delta: "changes",
  verify: "verification",
  audit: "all contents",
};

const PHASES: Readonly<Record<Sync["phase"], string>> = {
  queued: "Waiting for a worker to begin.",
  prepare: "Asking GoHighLevel how much there is to read.",
  sweep: "Reading contacts from GoHighLevel.",
  delta: "Fetching what changed in the meantime.",
  deletions: "Looking for contacts that were deleted.",
  audit: "Reading contacts again, for edits that got no new date.",
  prove: "Comparing counts with GoHighLevel to prove that nothing is missing.",
  done: "Finishing.",
};

export const kindNoun = (kind: Sync["kind"]) => NOUNS[kind];

export function syncTitle(sync: Sync): string {
  if (sync.state === "queued") return "Sync queued";
  if (sync.state === "waiting") return "Sync waiting";
  return TITLES[sync.kind];
}

/** "Started because …", and what follows it. */
export function syncReason(sync: Sync): string {
  const next = sync.follow_up_kind
    ? `A sync of ${kindNoun(sync.follow_up_kind)} was ordered meanwhile and follows.`
    : null;
  return [sync.origin_text, sync.choice, next].filter(Boolean).join(" ");
}

/** What happens now, in one sentence; the server's own words win: they name the cause. */
export function syncSentence(sync: Sync, format: Formatters): string {
  const words = sync.activity?.text ?? sync.message;
  if (words) return localMoments(words, format);
  if (sync.state === "queued") return PHASES.queued;
  if (sync.state === "waiting") return "GoHighLevel takes no more requests for now.";
  return PHASES[sync.phase];
}

/** "2,420 added, 11 unchanged": only what there is to say. */
function syncChanges(sync: Sync, format: Formatters): string {
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

function syncSeconds(sync: Sync): number | null {
  if (!sync.started_at || !sync.finished_at) return null;
  const seconds = (Date.parse(sync.finished_at) - Date.parse(sync.started_at)) / 1000;
  return Number.isFinite(seconds) && seconds >= 0 ? seconds : null;
}

export interface Fact {
  readonly label: string;
  readonly value: string;
}

/** More than was expected is said as such: "2,587 of 2,431" would make no sense. */
function seenOf({ contacts_seen, contacts_expected }: Sync, format: Formatters): string {
  const seen = format.number(contacts_seen);
  if (contacts_expected === null) return seen;
  const expected = format.number(contacts_expected);
  return contacts_seen > contacts_expected
    ? `${seen} (${expected} expected)`
    : `${seen} of ${expected}`;
}

/** What was sent, beside what was estimated before: null says nothing. */
function requestsOf({ requests_sent, planned }: Sync, format: Formatters): string {
  const sent = format.number(requests_sent);
  const estimated = planned?.requests;
  return estimated ? `${sent} (${format.number(estimated)} estimated)` : sent;
}

/** The figures of a run that are known, in the order of their interest. */
export function syncFacts(sync: Sync, format: Formatters): Fact[] {
  const seconds = syncSeconds(sync);
  const active = isActive(sync);
  const facts: (Fact | null)[] = [
    { label: "Contacts seen", value: seenOf(sync, format) },
    active && sync.rate !== null
      ? { label: "Rate", value: `${format.number(Math.round(sync.rate))}/s` }
      : null,
    active && sync.eta_seconds !== null
      ? { label: "Time left", value: `about ${format.duration(sync.eta_seconds)}` }
      : null,
    seconds === null ? null : { label: "Took", value: format.duration(seconds) },
    { label: "Requests", value: requestsOf(sync, format) },
    { label: "Retries", value: format.number(sync.retries) },
    sync.rate_limited
      ? { label: "Rate limited", value: format.number(sync.rate_limited) }
      : null,
    sync.bad_records
      ? { label: "Issues", value: format.number(sync.bad_records) }
      : null,
    sync.requests_left_today === null
      ? null
      : { label: "Requests left today", value: format.number(sync.requests_left_today) },
  ];
  return facts.filter((fact) => fact !== null);
}

/** The end of a run in words: what changed, and what is proven. */
export function syncOutcome(sync: Sync, format: Formatters): string {
  const seen = `${format.number(sync.contacts_seen)} ${plural(sync.contacts_seen, "contact", "contacts")} read`;
  const sentences = [`${seen}: ${syncChanges(sync, format)}.`];
  if (sync.proof?.state === "proven") sentences.push("Proven complete.");
  if (sync.proof?.state === "not_proven") {
    const why = sync.proof.message ?? "no reason given";
    sentences.push(`Not proven complete: ${localMoments(why, format)}`);
  }
  return sentences.join(" ");
}
