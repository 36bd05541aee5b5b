import type { Contact, ContactsParams, SortKey } from "../../../api/contacts";
import { Icon } from "../../../components/Icon";
import { COLUMNS, type Column } from "./columns";
import { ContactRow } from "./ContactRow";

interface HeaderProps {
  readonly column: Column;
  readonly view: ContactsParams;
  readonly onSort: (sort: SortKey) => void;
}

function Header({ column, view, onSort }: HeaderProps) {
  const { id, label, sort } = column;
  const sorted = sort === view.sort;
  const direction = view.order === "asc" ? "ascending" : "descending";
  return (
    <th
      role="columnheader"
      scope="col"
      className={`ghl-head ghl-cell--${id}`}
      {...(sort ? { "aria-sort": sorted ? direction : "none" } : {})}
    >
      {sort ? (
        <button type="button" className="ghl-head__sort" onClick={() => onSort(sort)}>
          {label}
          <Icon
            name={view.order === "asc" ? "up" : "down"}
            className={sorted ? "ghl-head__arrow" : "ghl-head__arrow ghl-head__arrow--off"}
          />
        </button>
      ) : (
        label
      )}
    </th>
  );
}

function PlaceholderRows({ count }: { readonly count: number }) {
  return Array.from({ length: count }, (_, row) => (
    <tr role="row" key={row} className="ghl-row ghl-row--placeholder" aria-hidden="true">
      {COLUMNS.map((column) => (
        <td role="cell" key={column.id} className={`ghl-cell ghl-cell--${column.id}`}>
          <span className="ghl-skeleton__line" />
        </td>
      ))}
    </tr>
  ));
}

interface ContactsTableProps {
  readonly contacts: readonly Contact[];
  /** Rows that are on their way. */
  readonly placeholders: number;
  readonly view: ContactsParams;
  /** The rows belong to the view before; the new ones are being read. */
  readonly stale: boolean;
  readonly onSort: (sort: SortKey) => void;
  readonly onOpen: (contact: Contact) => void;
}

export function ContactsTable(props: ContactsTableProps) {
  const { contacts, placeholders, view, stale, onSort, onOpen } = props;
  return (
    <div className="ghl-table-wrap">
      <table
        role="table"
        className="ghl-table"
        aria-label="Contacts"
        aria-busy={stale || placeholders > 0}
        data-stale={stale}
      >
        <thead role="rowgroup">
          <tr role="row">
            {COLUMNS.map((column) => (
              <Header key={column.id} column={column} view={view} onSort={onSort} />
            ))}
          </tr>
        </thead>
        <tbody role="rowgroup">
          {contacts.map((contact) => (
            <ContactRow key={contact.id} contact={contact} onOpen={onOpen} />
          ))}
          <PlaceholderRows count={placeholders} />
        </tbody>
      </table>
    </div>
  );
}
