import type { ReactNode } from "react";

import { cardError } from "../api/client";
import type { Location } from "../api/locations";
import { useStartSync } from "../api/orders";
import { isActive } from "../api/sync";
import { useSyncStatus, type SyncStatus } from "../api/syncStatus";
import { Problem } from "../components/Problem";
import { Tabs, type Tab } from "../components/Tabs";
import { ContactsCard } from "../features/contacts/ContactsCard";
import { viewFromUrl, viewToUrl } from "../features/contacts/view";
import { CoverageCard } from "../features/coverage/CoverageCard";
import { Insights } from "../features/insights/Insights";
import { RunHistory } from "../features/runs/RunHistory";
import { SyncSection } from "../features/sync/SyncSection";
import { useUrlState } from "../lib/useUrlState";
import { TitleBar } from "./TitleBar";

const TABS = [
  { id: "contacts", label: "Contacts" },
  { id: "analytics", label: "Analytics" },
  { id: "history", label: "Sync history" },
] as const satisfies readonly Tab<string>[];

type TabId = (typeof TABS)[number]["id"];

/** The list of locations has the figures already; the status brings them up to date. */
function firstStatus(location: Location): SyncStatus {
  const { location_id, contact_count, ghl_total, proven_complete_at, sync } = location;
  return { location_id, contact_count, ghl_total, proven_complete_at, sync };
}

interface LocationPageProps {
  readonly location: Location;
  readonly canSync: boolean;
  readonly picker: ReactNode;
}

export function LocationPage({ location, canSync, picker }: LocationPageProps) {
  const locationId = location.location_id;
  const [params, setParams] = useUrlState();
  const { data, isFetching, refetch, ...query } = useSyncStatus(locationId);
  const error = cardError(query.error);
  const order = useStartSync(locationId);
  const status = data ?? firstStatus(location);
  const syncing = isActive(status.sync);
  const tab = TABS.find(({ id }) => id === params.get("view"))?.id ?? "contacts";
  const lastSync =
    status.sync?.state === "done" ? status.sync.finished_at : location.last_sync;

  return (
    <>
      <TitleBar
        locationId={locationId}
        picker={picker}
        canSync={canSync}
        ordering={order.isPending}
        onSync={() => order.mutate()}
      />
      {error && (
        <Problem
          title="The state of the sync could not be read"
          error={error}
          busy={isFetching}
          onRetry={() => void refetch()}
        />
      )}
      <CoverageCard status={status} lastSync={lastSync ?? location.last_sync} />
      <SyncSection
        locationId={locationId}
        status={status}
        canSync={canSync}
        order={order}
      />
      <Tabs<TabId>
        label="Views of the location"
        tabs={TABS}
        selected={tab}
        onSelect={(id) => setParams({ view: id === "contacts" ? null : id })}
      >
        {tab === "contacts" && (
          <ContactsCard
            locationId={locationId}
            view={viewFromUrl(params)}
            onView={(view) => setParams(viewToUrl(view))}
            syncing={syncing}
          />
        )}
        {tab === "analytics" && <Insights locationId={locationId} />}
        {tab === "history" && <RunHistory locationId={locationId} />}
      </Tabs>
    </>
  );
}
