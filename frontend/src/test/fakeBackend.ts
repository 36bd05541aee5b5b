import { isActive } from "../lib/syncRun";
import type {
  Contact,
  Contacts,
  Error as Refusal,
  Location,
  Status,
} from "../contract/types.gen";
import { changesOf } from "./fakeChanges";
import { FakePartners } from "./fakePartners";
import { noReview } from "./fakeReview";
import { fakeQuality } from "./fakeQuality";
import { FakeRuns } from "./fakeRuns";
import { fakeState } from "./fakeState";
import { figures } from "./figures";
import { find, toParams } from "./find";
import type { Place } from "./place";
import { population } from "./population";

export interface Answer {
  readonly status: number;
  readonly body: unknown;
  readonly headers?: Record<string, string>;
}

const refuse = (status: number, code: string, error: string): Answer => ({
  status,
  body: { success: false, error, code, actions: [] } satisfies Refusal,
});

/** The addon's JSON API over a population in memory. A run moves on by `step()`. */
export class FakeBackend extends FakeRuns {
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
    const routes: Record<string, () => object | null> = {
      "GET /sync-status": () => this.status(place),
      "GET /location-contacts-optimized": () => this.contacts(place, url.searchParams),
      "POST /location-contacts-optimized": () => this.contacts(place, toParams(body)),
      "GET /location-analytics": () => figures(place.id, this.mirror(place), place.runs),
      "GET /location-quality": () => fakeQuality(place.id, this.mirror(place)),
      "POST /sync-location-contacts": () => this.order(place),
      "POST /sync-cancel": () => this.cancel(place),
      "POST /sync-resume": () => this.resume(place),
      "GET /contact-changes": () => changesOf(place.changes, url.searchParams),
      "GET /deletion-review": () => place.review?.read(url.searchParams) ?? noReview(),
      "GET /contact-partner": () => place.partners.read(url.searchParams),
      "POST /contact-partner": () => place.partners.decide(toParams(body)),
      "POST /contact-erase": () => place.partners.erase(toParams(body)),
      "POST /deletion-review": () => (place.review ? place.review.post(toParams(body)) : noReview()),
    };
    const route = routes[`${method} ${path}`];
    if (!route) return refuse(404, "not_found", "No such call.");
    const headers = { "X-Ghl-Page": this.pageVersion };
    const answered = route();
    if (!answered) return refuse(409, "review_closed", "A later sync found others as well.");
    return { status: path === "/sync-location-contacts" ? 202 : 200, body: answered, headers };
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
    const next = {
      next_sync_at: place.nextSync?.at ?? null,
      next_sync_kind: place.nextSync?.at ? ("delta" as const) : null,
      next_sync_reason: place.nextSync?.reason ?? null,
    };
    return {
      location_id: place.id,
      ...figures,
      ...next,
      proven_complete_at: place.provenAt,
      content_as_of: place.provenAt,
      audit: { promised_days: 7, last_at: null, next_at: null, drifted: 0, drift: {} },
    };
  }

  private summary(place: Place): Location {
    return { ...this.about(place), name: place.name ?? "", last_sync: place.lastSync };
  }

  private status(place: Place): Status {
    return { success: true, ...this.about(place), plan: place.plan ?? null };
  }

  private contacts(place: Place, params: URLSearchParams): Contacts {
    const page = Number(params.get("page"));
    const limit = Number(params.get("limit"));
    const { rows, filtered } = find(this.mirror(place), params);
    const told = params.get("count_limit");
    const bound = told === null ? this.countLimit : Number(told) || Infinity;
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
      filtered_count: filtered ? Math.min(rows.length, bound) : null,
      filtered_count_exact: !filtered || rows.length <= bound,
      ghl_total_pending: this.pendingAnswers-- > 0,
      background_sync_started: begins,
    };
  }
}
