import type { Contact, ContactsPage, ContactsParams, SortKey } from "../../api/contacts";
import type { LocationState } from "../../api/state";
import { ContactsEmpty } from "./ContactsEmpty";
import { ContactsTable } from "./table/ContactsTable";
import { Pager } from "./Pager";
import { useExactPaging } from "./useExactPaging";
import { NO_FILTERS } from "./view";

interface ContactsPageViewProps {
  readonly locationId: string;
  readonly page: ContactsPage;
  readonly view: ContactsParams;
  /** `page` is still the one of the view before. */
  readonly stale: boolean;
  readonly syncing: boolean;
  readonly state: LocationState;
  readonly onPage: (page: number) => void;
  readonly onChange: (change: Partial<ContactsParams>) => void;
  readonly onSort: (sort: SortKey) => void;
  readonly onOpen: (contact: Contact) => void;
}

/** The table with what belongs below it: missing rows explained, and the pager. */
export function ContactsPageView(props: ContactsPageViewProps) {
  const { page, view, stale, syncing, state, onPage, onChange, onSort, onOpen } = props;
  const { paging, counting, result } = useExactPaging(props.locationId, page, view, state);
  const missing = stale ? 0 : paging.missing;
  return (
    <>
      <ContactsTable
        contacts={page.contacts}
        placeholders={syncing ? missing : 0}
        view={view}
        stale={stale}
        onSort={onSort}
        onOpen={onOpen}
      />
      {!stale && (
        <ContactsEmpty
          view={view}
          rows={page.contacts.length}
          missing={missing}
          syncing={syncing}
          state={state}
          onClear={() => onChange(NO_FILTERS)}
        />
      )}
      <Pager
        view={view}
        paging={paging}
        counting={stale ? null : counting}
        result={result}
        onPage={onPage}
        onLimit={(limit) => onChange({ limit })}
      />
    </>
  );
}
