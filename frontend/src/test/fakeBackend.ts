import { isActive } from "../api/sync";
import type {
  Cancelled,
  Contact,
  Contacts,
  Error as Refusal,
  Location,
  Ordered,
  Resumed,
  State,
  Status,
  Sync,
} from "../contract/types.gen";
import { FakePartners } from "./fakePartners";
import { noReview, type FakeReview } from "./fakeReview";
import { fakeQuality } from "./fakeQuality";
import { fakeState } from "./fakeState";
import { figures } from "./figures";
import { find, toParams } from "./find";
import { makeSync } from "./makeSync";
import { population } from "./population";

export interface Answer {
  readonly status: number;
  readonly body: unknown;
  readonly headers?: Record<string, string>;
}

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
  partners: FakePartners;
  provenAt: string | null;
  lastSync: string | null;
  runs: Sync[];
}

const refuse = (status: number, code: string, error: string): Answer => ({
  status,
  body: { success: false, error, code, actions: [] } satisfies Refusal,
});

/** The addon's JSON API over a population in memory. A run moves on by `step()`. */
export class FakeBackend {
  readonly places: Place[] = [];
  readonly calls: string[] = [];
  /** Answers the next calls instead of the API, in order, by path. */
  readonly faults: { path: string; answer: Answer | "down" }[] = [];
  smartSync = false;
  /** What a filter finds is counted so far. */
  countLimit = 10_000;
  /** So many pages are answered while GoHighLevel is still being asked for its total. */
  pendingAnswers = 0;
  /** Which page the server has: the tests' own is called "test". */
  pageVersion = "test";

  addPlace(id: string, name: string | null, size: number, mirrored: number): Place {
    const upstream = population(size);
    const place: Place = {
      id,
      name,
      upstream,
      mirrored,
      provenAt: null,
      lastSync: null,
      runs: [],
      partners: new FakePartners(),
    };
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
    const routes: Record<string, () => object> = {
      "GET /sync-status": () => this.status(place),
      "GET /location-contacts-optimized": () => this.contacts(place, url.searchParams),
      "POST /location-contacts-optimized": () => this.contacts(place, toParams(body)),
      "GET /location-analytics": () => figures(place.id, this.mirror(place), place.runs),
      "GET /location-quality": () => fakeQuality(place.id, this.mirror(place)),
      "POST /sync-location-contacts": () => this.order(place),
      "POST /sync-cancel": () => this.cancel(place),
      "POST /sync-resume": () => this.resume(place),
      "GET /deletion-review": () => place.review?.read(url.searchParams) ?? noReview(),
      "GET /contact-partner": () => place.partners.read(url.searchParams),
      "POST /contact-partner": () => place.partners.decide(toParams(body)),
      "POST /contact-erase": () => place.partners.erase(toParams(body)),
      "POST /deletion-review": () => place.review?.decide(body["decision"]) ?? noReview(),
    };
    const route = routes[`${method} ${path}`];
    if (!route) return refuse(404, "not_found", "No such call.");
    const headers = { "X-Ghl-Page": this.pageVersion };
    return { status: path === "/sync-location-contacts" ? 202 : 200, body: route(), headers };
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

  order(place: Place, origin: Sync["origin"] = "button"): Ordered {
    const active = place.runs[0];
    if (active && isActive(active)) {
      return { success: true, status: "already_running", message: "Your order joined the sync that is running.", run_id: active.run_id, sync: active };
    }
    const run = makeSync({
      run_id: place.runs.length + 1,
      origin,
      state: "queued",
      phase: "queued",
      started_at: new Date().toISOString(),
    });
    place.runs.unshift(run);
    return { success: true, status: "started", message: "It is ordered.", run_id: run.run_id, sync: run };
  }

  /** The active run waits, as the server would say it. */
  wait(place: Place, message: string, seconds: number): void {
    Object.assign(place.runs[0] ?? {}, {
      state: "waiting",
      message,
      resume_at: new Date(Date.now() + seconds * 1000).toISOString(),
    } satisfies Partial<Sync>);
  }

  private resume(place: Place): Resumed {
    const run = place.runs[0];
    if (run?.state !== "waiting") return { success: true, status: "nothing_waits", run_id: null, sync: run ?? null };
    Object.assign(run, { state: "running", message: null, resume_at: null } satisfies Partial<Sync>);
    return { success: true, status: "resumed", run_id: run.run_id, sync: run };
  }

  private cancel(place: Place): Cancelled {
    const run = place.runs[0];
    if (!run || !isActive(run)) return { success: true, status: "idle", sync: run ?? null };
    const before = { ...run };
    Object.assign(run, { state: "cancelled", finished_at: new Date().toISOString() });
    return { success: true, status: "cancelling", sync: before };
  }

  private mirror(place: Place): readonly Contact[] {
    return place.upstream.slice(0, place.mirrored);
  }

  private figures(place: Place) {
    const total = place.total === undefined ? place.upstream.length : place.total;
    const sync = place.runs[0] ?? null;
    const mirrored = place.neverSynced ? null : place.mirrored;
    const status = fakeState({ mirrored, total, proven: place.provenAt !== null, sync });
    return {
      contact_count: place.mirrored,
      ghl_total: total,
      coverage: total ? (place.mirrored / total) * 100 : 100,
      status: { ...status, ...place.says },
      sync,
    };
  }

  private about(place: Place) {
    const figures = this.figures(place);
    return { location_id: place.id, ...figures, proven_complete_at: place.provenAt };
  }

  private summary(place: Place): Location {
    return { ...this.about(place), name: place.name ?? "", last_sync: place.lastSync };
  }

  private status(place: Place): Status {
    return { success: true, ...this.about(place) };
  }

  private contacts(place: Place, params: URLSearchParams): Contacts {
    const page = Number(params.get("page"));
    const limit = Number(params.get("limit"));
    const { rows, filtered } = find(this.mirror(place), params);
    const begins = this.smartSync && place.mirrored < place.upstream.length && !isActive(place.runs[0]);
    if (begins) this.order(place, "threshold");
    return {
      success: true,
      ...this.figures(place),
      contacts: rows.slice((page - 1) * limit, page * limit),
      page,
      limit,
      has_more: page * limit < rows.length,
      next_cursor: null,
      total_contacts: filtered ? rows.length : Math.max(place.total ?? place.upstream.length, place.mirrored),
      filtered_count: filtered ? Math.min(rows.length, this.countLimit) : null,
      filtered_count_exact: !filtered || rows.length <= this.countLimit,
      ghl_total_pending: this.pendingAnswers-- > 0,
      background_sync_started: begins,
    };
  }
}
