import type { Contact } from "../api/contacts";
import type { Location } from "../api/locations";
import { isActive, type Sync } from "../api/sync";
import { figures } from "./figures";
import { population } from "./population";

export interface Answer {
  readonly status: number;
  readonly body: unknown;
  readonly headers?: Record<string, string>;
}

interface Place {
  readonly id: string;
  readonly name: string | null;
  readonly upstream: readonly Contact[];
  mirrored: number;
  provenAt: string | null;
  lastSync: string | null;
  runs: Sync[];
}

export function makeSync(part: Partial<Sync> = {}): Sync {
  return {
    run_id: 1,
    kind: "full",
    origin: "button",
    state: "running",
    phase: "sweep",
    message: null,
    contacts_seen: 0,
    contacts_expected: null,
    contacts_created: 0,
    contacts_updated: 0,
    contacts_unchanged: 0,
    contacts_deleted: 0,
    bad_records: 0,
    percent: null,
    rate: null,
    eta_seconds: null,
    requests_sent: 0,
    retries: 0,
    rate_limited: 0,
    requests_left_today: null,
    started_at: null,
    finished_at: null,
    resume_at: null,
    error: null,
    error_code: null,
    proof: null,
    ...part,
  };
}

const refuse = (status: number, code: string, error: string): Answer => ({
  status,
  body: { success: false, error, code },
});

/** The addon's JSON API over a population in memory. A run moves on by `step()`. */
export class FakeBackend {
  readonly places: Place[] = [];
  readonly calls: string[] = [];
  /** Answers the next calls instead of the API, in order, by path. */
  readonly faults: { path: string; answer: Answer | "down" }[] = [];
  smartSync = false;

  addPlace(id: string, name: string | null, size: number, mirrored: number): Place {
    const upstream = population(size);
    const place = { id, name, upstream, mirrored, provenAt: null, lastSync: null, runs: [] };
    this.places.push(place);
    return place;
  }

  /** :return: the answer, or "down" for a connection that breaks. */
  handle(method: string, url: URL, body: Record<string, unknown>): Answer | "down" {
    const path = url.pathname.replace(/^.*\/api\//, "/");
    this.calls.push(`${method} ${path}${url.search}`);
    const fault = this.faults.findIndex((entry) => entry.path === path);
    if (fault >= 0) return this.faults.splice(fault, 1)[0]?.answer ?? "down";
    if (path === "/installed-locations") {
      return { status: 200, body: { success: true, locations: this.places.map((place) => this.summary(place)) } };
    }
    const id = url.searchParams.get("location_id") ?? body["location_id"];
    const place = this.places.find((candidate) => candidate.id === id);
    if (!place) return refuse(404, "unknown_location", "No such location.");
    const routes: Record<string, () => unknown> = {
      "GET /sync-status": () => this.status(place),
      "GET /location-contacts-optimized": () => this.contacts(place, url.searchParams),
      "GET /location-analytics": () => figures(place.id, this.mirror(place), place.runs),
      "POST /sync-location-contacts": () => this.order(place),
      "POST /sync-cancel": () => this.cancel(place),
    };
    const route = routes[`${method} ${path}`];
    if (!route) return refuse(404, "not_found", "No such call.");
    const answer = route();
    return { status: path === "/sync-location-contacts" ? 202 : 200, body: answer };
  }

  /** The active run of a place reads `amount` more contacts, and ends when it has all. */
  step(place: Place, amount: number): void {
    const run = place.runs[0];
    if (!run || !isActive(run)) return;
    const total = place.upstream.length;
    const seen = Math.min(total, run.contacts_seen + amount);
    const created = run.contacts_created + Math.max(0, seen - Math.max(place.mirrored, run.contacts_seen));
    place.mirrored = Math.max(place.mirrored, seen);
    Object.assign(run, {
      state: "running",
      phase: "sweep",
      contacts_seen: seen,
      contacts_expected: total,
      contacts_created: created,
      contacts_unchanged: seen - created,
      percent: (seen / total) * 100,
      rate: 412.4,
      eta_seconds: (total - seen) / 412.4,
      requests_sent: Math.ceil(seen / 100) + 1,
      requests_left_today: 199_950,
    } satisfies Partial<Sync>);
    if (seen < total) return;
    const now = new Date().toISOString();
    Object.assign(run, {
      state: "done",
      phase: "done",
      finished_at: now,
      eta_seconds: null,
      proof: { state: "proven", message: null },
    } satisfies Partial<Sync>);
    place.provenAt = place.lastSync = now;
  }

  fail(place: Place, error: string): void {
    Object.assign(place.runs[0] ?? {}, {
      state: "failed",
      error,
      error_code: "upstream",
      finished_at: new Date().toISOString(),
    } satisfies Partial<Sync>);
  }

  order(place: Place, origin = "button"): unknown {
    const active = place.runs[0];
    if (active && isActive(active)) {
      return { success: true, status: "already_running", run_id: active.run_id, sync: active };
    }
    const run = makeSync({
      run_id: place.runs.length + 1,
      origin,
      state: "queued",
      phase: "queued",
      started_at: new Date().toISOString(),
    });
    place.runs.unshift(run);
    return { success: true, status: "started", run_id: run.run_id, sync: run };
  }

  private cancel(place: Place): unknown {
    const run = place.runs[0];
    if (!run || !isActive(run)) return { success: true, status: "idle", sync: run ?? null };
    const before = { ...run };
    Object.assign(run, { state: "cancelled", finished_at: new Date().toISOString() });
    return { success: true, status: "cancelling", sync: before };
  }

  private mirror(place: Place): readonly Contact[] {
    return place.upstream.slice(0, place.mirrored);
  }

  private counts(place: Place) {
    const total = place.upstream.length;
    return {
      location_id: place.id,
      contact_count: place.mirrored,
      ghl_total: total,
      coverage: total ? (place.mirrored / total) * 100 : 100,
      proven_complete_at: place.provenAt,
      sync: place.runs[0] ?? null,
    };
  }

  private summary(place: Place): Location {
    return { ...this.counts(place), name: place.name, last_sync: place.lastSync };
  }

  private status(place: Place): unknown {
    return { success: true, ...this.counts(place) };
  }

  private contacts(place: Place, params: URLSearchParams): unknown {
    const page = Number(params.get("page"));
    const limit = Number(params.get("limit"));
    const search = params.get("search")?.toLowerCase();
    const tag = params.get("tag");
    const owner = params.get("selected_user");
    const filtered = Boolean(search ?? tag ?? owner);
    const key = (params.get("sort") ?? "date_added") as "name";
    const sign = params.get("order") === "asc" ? 1 : -1;
    const rows = this.mirror(place)
      .filter(
        (contact) =>
          (!search || `${contact.name ?? ""} ${contact.email ?? ""}`.toLowerCase().includes(search)) &&
          (!tag || contact.tags.includes(tag)) &&
          (!owner || contact.assigned_to?.id === owner),
      )
      .toSorted((a, b) => sign * (a[key] ?? "").localeCompare(b[key] ?? ""));
    const begins = this.smartSync && place.mirrored < place.upstream.length && !isActive(place.runs[0]);
    if (begins) this.order(place, "threshold");
    return {
      success: true,
      ...this.counts(place),
      contacts: rows.slice((page - 1) * limit, page * limit),
      page,
      limit,
      has_more: page * limit < rows.length,
      total_contacts: filtered ? rows.length : place.upstream.length,
      filtered_count: filtered ? rows.length : null,
      background_sync_started: begins,
    };
  }
}
