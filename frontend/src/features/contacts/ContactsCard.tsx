import { useState } from "react";

import { useAnalytics } from "../../api/analytics";
import { cardError } from "../../api/client";
import type { Contact, ContactsParams, SortKey } from "../../api/contacts";
import { Problem } from "../../components/Problem";
import { ContactDrawer } from "./ContactDrawer";
import { ContactsPageView } from "./ContactsPageView";
import { ContactsTable } from "./ContactsTable";
import { ContactsToolbar } from "./ContactsToolbar";
import { useContactsPage } from "./useContactsPage";
import { changeView } from "./view";

interface ContactsCardProps {
  readonly locationId: string;
  readonly view: ContactsParams;
  readonly onView: (view: ContactsParams) => void;
  readonly syncing: boolean;
}

export function ContactsCard({ locationId, view, onView, syncing }: ContactsCardProps) {
  const [opened, setOpened] = useState<Contact | null>(null);
  const analytics = useAnalytics(locationId);
  const page = useContactsPage(locationId, view, onView, syncing);
  const { data, stale } = page;
  const error = cardError(page.error);

  const change = (part: Partial<ContactsParams>) => onView(changeView(view, part));
  const sortBy = (sort: SortKey) => {
    const first = sort.startsWith("date_") ? "desc" : "asc";
    const other = view.order === "asc" ? "desc" : "asc";
    change({ sort, order: sort === view.sort ? other : first });
  };

  return (
    <section className="ghl-card ghl-contacts" aria-label="Contacts">
      <ContactsToolbar view={view} analytics={analytics.data} onChange={change} />
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
          page={data}
          view={view}
          stale={stale}
          syncing={syncing}
          onPage={(number) => onView({ ...view, page: number })}
          onChange={change}
          onSort={sortBy}
          onOpen={setOpened}
        />
      )}
      {!data && !error && (
        <ContactsTable
          contacts={[]}
          placeholders={view.limit}
          view={view}
          stale={false}
          onSort={sortBy}
          onOpen={setOpened}
        />
      )}
      {opened && (
        <ContactDrawer
          contact={opened}
          onClose={() => setOpened(null)}
          onTag={(tag) => {
            setOpened(null);
            change({ tag });
          }}
        />
      )}
    </section>
  );
}
