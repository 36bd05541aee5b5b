import type { ReactNode } from "react";

import { cardError } from "../api/client";
import type { Location } from "../api/locations";
import { useSyncStatus, type SyncStatus } from "../api/syncStatus";
import { Problem } from "../components/Problem";
import { Tabs, type Tab } from "../components/Tabs";
import { ContactsCard } from "../features/contacts/ContactsCard";
import { DEFAULT_VIEW, qualityKey, viewFromUrl, viewToUrl } from "../features/contacts/view";
import { CoverageCard } from "../features/coverage/CoverageCard";
import { Promises } from "../features/coverage/Promises";
import { Insights } from "../features/insights/Insights";
import { ReviewPanel } from "../features/review/ReviewPanel";
import { PartnerPanel } from "../features/partner/PartnerPanel";
import { RunHistory } from "../features/runs/RunHistory";
import { Announcer } from "../features/sync/Announcer";
import { covered, syncAllAction, syncOffers } from "../features/sync/offers";
import { SyncPanel } from "../features/sync/SyncPanel";
import { useRefreshWithSync } from "../features/sync/useRefreshWithSync";
import { ActionProvider } from "../lib/ActionContext";
import { isActive } from "../lib/syncRun";
import { useUrlState } from "../lib/useUrlState";
import { loginUrl } from "./ConnectionBanner";
import { TitleBar } from "./TitleBar";
import { useActionRunner } from "./useActionRunner";

const TABS = [
  { id: "contacts", label: "Contacts" },
  { id: "analytics", label: "Analytics" },
  { id: "history", label: "Sync history" },
] as const satisfies readonly Tab<string>[];

type TabId = (typeof TABS)[number]["id"];

/** The list of locations has the figures already; the status brings them up to date. */
function firstStatus(location: Location): SyncStatus {
  return { success: true, ...location, plan: null };
}

interface LocationPageProps {
  readonly location: Location;
  readonly canSync: boolean;
  readonly pageUrl: string;
  /** The choice of a location, with the state that is known by now. */
  readonly renderPicker: (status: SyncStatus) => ReactNode;
}

export function LocationPage({ location, canSync, pageUrl, renderPicker }: LocationPageProps) {
  const locationId = location.location_id;
  const [params, setParams, leave] = useUrlState();
  const { data, isFetching, refetch, ...query } = useSyncStatus(locationId);
  const error = cardError(query.error);
  const status = data ?? firstStatus(location);
  const { sync, status: state } = status;
  const ended = useRefreshWithSync(locationId, sync, status.contact_count);
  const { runner, feedback } = useActionRunner(locationId, sync, {
    review_deletions: () => setParams({ review: "1" }, "push"),
    reload: () => window.location.reload(),
    login: () => window.open(loginUrl(pageUrl), "_top"),
  });
  const offers = syncOffers(locationId, sync, canSync);
  const tab = TABS.find(({ id }) => id === params.get("view"))?.id ?? "contacts";
  const lastSync = sync?.state === "done" ? sync.finished_at : location.last_sync;

  return (
    <ActionProvider value={runner}>
      <Announcer sync={sync} state={state} />
      <TitleBar locationId={locationId} picker={renderPicker(status)} canSync={canSync} order={syncAllAction(locationId)} plan={status.plan} />
      {error && (
        <Problem
          title="The state of the sync could not be read"
          error={error}
          busy={isFetching}
          onRetry={() => void refetch()}
        />
      )}
      <CoverageCard
        state={state}
        sync={sync}
        lastSync={lastSync ?? location.last_sync}
        nextSync={{ at: status.next_sync_at, reason: status.next_sync_reason }}
        promises={<Promises status={status} />}
        offered={covered(offers, sync)}
      >
        <SyncPanel
          sync={sync}
          news={sync !== null && ended === sync.run_id}
          state={state}
          actions={offers}
          feedback={feedback}
        />
      </CoverageCard>
      <Tabs<TabId>
        label="Views of the location"
        tabs={TABS}
        selected={tab}
        onSelect={(id) => setParams({ view: id === "contacts" ? null : id }, "push")}
      >
        {tab === "contacts" && (
          <ContactsCard
            locationId={locationId}
            view={viewFromUrl(params)}
            onView={(view, mode) => setParams(viewToUrl(view), mode)}
            syncing={isActive(sync)}
            state={state}
            inOdoo={(contact, onClose) => (
              <PartnerPanel
                locationId={locationId}
                contactId={contact.id}
                onErased={onClose}
              />
            )}
          />
        )}
        {tab === "analytics" && (
          <Insights
            locationId={locationId}
            onQuality={(figure) => {
              const view = { ...DEFAULT_VIEW, quality: qualityKey(figure) };
              setParams({ view: null, ...viewToUrl(view) }, "push");
            }}
          />
        )}
        {tab === "history" && <RunHistory locationId={locationId} />}
      </Tabs>
      {params.get("review") && (
        <ReviewPanel locationId={locationId} onClose={() => leave({ review: null })} />
      )}
    </ActionProvider>
  );
}
