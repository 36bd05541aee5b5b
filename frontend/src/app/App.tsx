import { cardError } from "../api/client";
import { useLocations } from "../api/locations";
import { Empty } from "../components/Empty";
import { Problem } from "../components/Problem";
import { Skeleton } from "../components/Skeleton";
import { DEFAULT_VIEW, viewToUrl } from "../features/contacts/view";
import { LocationSelect } from "../features/location/LocationSelect";
import { CONNECTIONS_URL } from "../lib/odoo";
import { useUrlState } from "../lib/useUrlState";
import { ConnectionBanner } from "./ConnectionBanner";
import type { PageConfig } from "./config";
import { LocationPage } from "./LocationPage";

/** An address can be of any length. */
const LONGEST = 100;

interface AppProps {
  readonly config: PageConfig;
}

export function App({ config }: AppProps) {
  const [params, setParams] = useUrlState();
  const locations = useLocations();
  const error = cardError(locations.error);
  const wanted = params.get("location_id") ?? config.initialLocationId;
  const known = locations.data ?? [];
  // Another location than the address names is never shown in its place: whatever is
  // ordered would be ordered for that one.
  const selected = wanted ? known.find(({ location_id }) => location_id === wanted) : known[0];
  const select = (locationId: string) =>
    setParams({ ...viewToUrl(DEFAULT_VIEW), review: null, location_id: locationId }, "push");

  return (
    <main className="ghl-page">
      <ConnectionBanner pageUrl={config.pageUrl} />
      {!locations.data && !error && <Skeleton lines={5} label="Loading locations" />}
      {error && !locations.data && (
        <Problem
          title="The locations could not be read"
          error={error}
          busy={locations.isFetching}
          onRetry={() => void locations.refetch()}
        />
      )}
      {locations.data?.length === 0 && (
        <Empty
          title="No location is connected yet"
          actions={
            <a className="ghl-button ghl-button--primary" href={CONNECTIONS_URL} target="_top">
              Open Connections
            </a>
          }
        >
          Connect GoHighLevel in Odoo, under GoHighLevel › Configuration › Connections. Its
          locations then show up here. Who may not do that asks an administrator of Odoo.
        </Empty>
      )}
      {wanted && !selected && known.length > 0 && (
        <Empty
          title="The location of this address is not here"
          actions={<LocationSelect locations={known} selected="" onSelect={select} />}
        >
          {wanted.slice(0, LONGEST)} is archived or removed, or not among the locations that
          you may see. Choose another one.
        </Empty>
      )}
      {selected && (
        <LocationPage
          key={selected.location_id}
          location={selected}
          canSync={config.user.canSync}
          pageUrl={config.pageUrl}
          renderPicker={(status) => (
            <LocationSelect
              locations={known.map((location) =>
                location === selected ? { ...location, ...status } : location,
              )}
              selected={selected.location_id}
              onSelect={select}
            />
          )}
        />
      )}
    </main>
  );
}
