import type { SortKey } from "../../../api/contacts";

export interface Column {
  readonly id: string;
  readonly label: string;
  /** Absent: the server cannot sort by it. */
  readonly sort?: SortKey;
}

export const COLUMNS: readonly Column[] = [
  { id: "name", label: "Name", sort: "name" },
  { id: "email", label: "Email", sort: "email" },
  { id: "phone", label: "Phone", sort: "phone" },
  { id: "company", label: "Company", sort: "company_name" },
  { id: "tags", label: "Tags" },
  { id: "source", label: "Source", sort: "source" },
  { id: "owner", label: "Owner" },
  { id: "added", label: "Added", sort: "date_added" },
];
