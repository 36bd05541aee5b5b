import type { ContactsParams } from "../../api/contacts";
import type { LocationState } from "../../api/state";
import { Button } from "../../components/Button";
import { Empty } from "../../components/Empty";
import { useFormat } from "../../lib/FormatContext";
import { plural } from "../../lib/text";
import { isFiltered } from "./view";

interface ContactsEmptyProps {
  readonly view: ContactsParams;
  readonly rows: number;
  readonly missing: number;
  readonly syncing: boolean;
  readonly state: LocationState;
  readonly onClear: () => void;
}

/** Why rows are missing from the page in view, if any are. */
export function ContactsEmpty(props: ContactsEmptyProps) {
  const { view, rows, missing, syncing, state, onClear } = props;
  const format = useFormat();
  if (missing > 0) {
    const noun = plural(missing, "contact", "contacts");
    const words = syncing
      ? `${format.number(missing)} ${noun} of this page ${plural(missing, "is", "are")} still arriving. They show up here by themselves.`
      : `${format.number(missing)} ${noun} of this page ${plural(missing, "is", "are")} not mirrored yet. “Sync All Contacts” fetches them.`;
    return (
      <p className="ghl-arriving" role="status">
        {words}
      </p>
    );
  }
  if (rows > 0) return null;
  if (isFiltered(view)) {
    return (
      <Empty
        title="No contact matches"
        actions={<Button onClick={onClear}>Clear filters</Button>}
      >
        Try fewer letters, another tag, another owner, or all that the data is like.
      </Empty>
    );
  }
  const { mirrored, ghl_total: total } = state.counts;
  if (mirrored === 0 && total === 0) return <Empty title="This location has no contacts" />;
  return (
    <Empty
      title={syncing ? "The first contacts are on their way" : "No contact is mirrored yet"}
    >
      {total === null
        ? "How many contacts the location has is not known. "
        : `GoHighLevel has ${format.number(total)}. `}
      {state.title}
    </Empty>
  );
}
