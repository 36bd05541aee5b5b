import { useState, type ReactNode } from "react";

import { useAnalytics } from "../../api/analytics";
import { cardError } from "../../api/client";
import type { Contact, ContactsParams, SortKey } from "../../api/contacts";
import type { LocationState } from "../../api/state";
import { useQuality } from "../../api/quality";
import { Problem } from "../../components/Problem";
import { ContactDrawer } from "./ContactDrawer";
import { ContactsPageView } from "./ContactsPageView";
import { ContactsTable } from "./table/ContactsTable";
import { ContactsToolbar } from "./ContactsToolbar";
import { useUrlState, type UrlMode } from "../../lib/useUrlState";
import { useContactsPage } from "./useContactsPage";
import { changeView } from "./view";

interface ContactsCardProps {
  readonly locationId: string;
  readonly view: ContactsParams;
  readonly onView: (view: ContactsParams, mode?: UrlMode) => void;
  readonly syncing: boolean;
  readonly state: LocationState;
  /** What the drawer of a contact shows of Odoo. */
  readonly inOdoo: (contact: Contact, onClose: () => void) => ReactNode;
}

export function ContactsCard(props: ContactsCardProps) {
  const { locationId, view, onView, syncing, state, inOdoo } = props;
  const [params, setParams, leave] = useUrlState();
  // Kept beside the address: a contact that is read anew must not close its drawer.
  const [kept, setKept] = useState<Contact | null>(null);
  const analytics = useAnalytics(locationId);
  const quality = useQuality(locationId, view.quality !== "");
  const page = useContactsPage(locationId, view, onView, syncing);
  const { data, stale } = page;
  const error = cardError(page.error);

  const openId = params.get("contact");
  const opened = openId
    ? (data?.contacts.find(({ id }) => id === openId) ?? (kept?.id === openId ? kept : null))
    : null;
  const open = (contact: Contact) => {
    setKept(contact);
    setParams({ contact: contact.id }, "push");
  };

  // Letters that are typed are one step for "back", not one each.
  const change = (part: Partial<ContactsParams>) => {
    const typing = part.search !== undefined && view.search !== "" && part.search !== "";
    onView(changeView(view, part), typing ? "replace" : "push");
  };
  const sortBy = (sort: SortKey) => {
    const first = sort.startsWith("date_") ? "desc" : "asc";
    const other = view.order === "asc" ? "desc" : "asc";
    change({ sort, order: sort === view.sort ? other : first });
  };

  return (
    <section className="ghl-card ghl-contacts" aria-label="Contacts">
      <ContactsToolbar view={view} analytics={analytics.data} quality={quality.data} onChange={change} />
      {error && (
        <Problem
          title={data ? "These contacts may be out of date" : "The contacts could not be read"}
          error={error}
          busy={page.isFetching}
          onRetry={() => void page.refetch()}
        />
      )}
      {data && (
        <ContactsPageView
          locationId={locationId}
          page={data}
          view={view}
          stale={stale}
          syncing={syncing}
          state={state}
          onPage={(number) => onView({ ...view, page: number }, "push")}
          onChange={change}
          onSort={sortBy}
          onOpen={open}
        />
      )}
      {!data && !error && (
        <ContactsTable
          contacts={[]}
          placeholders={view.limit}
          view={view}
          stale={false}
          onSort={sortBy}
          onOpen={open}
        />
      )}
      {opened && (
        <ContactDrawer
          locationId={locationId}
          key={opened.id}
          inOdoo={inOdoo(opened, () => leave({ contact: null }))}
          contact={opened}
          onClose={() => leave({ contact: null })}
          onTag={(tag) => {
            setParams({ contact: null });
            change({ tag });
          }}
        />
      )}
    </section>
  );
}
