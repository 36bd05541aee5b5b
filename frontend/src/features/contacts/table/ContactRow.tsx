import type { ReactNode } from "react";

import type { Contact } from "../../../api/contacts";
import { useFormat } from "../../../lib/FormatContext";
import { Avatar } from "./Avatar";
import { contactName } from "./contactName";
import { doNotDisturb } from "./doNotDisturb";
import { Tags } from "./Tags";

/** Longer values are cut by the style sheet; megabytes must not even reach the page. */
const LONGEST = 400;

interface CellProps {
  readonly id: string;
  readonly label: string;
  readonly value: string | null;
}

function TextCell({ id, label, value }: CellProps) {
  const shown = value?.slice(0, LONGEST);
  return (
    <td role="cell" className={`ghl-cell ghl-cell--${id}`} data-label={label}>
      {shown ? (
        <span className="ghl-cell__text" title={shown} dir="auto">
          {shown}
        </span>
      ) : (
        <span className="ghl-cell__none" aria-label={`No ${label.toLowerCase()}`}>
          –
        </span>
      )}
    </td>
  );
}

interface ContactRowProps {
  readonly contact: Contact;
  readonly onOpen: (contact: Contact) => void;
}

export function ContactRow({ contact, onOpen }: ContactRowProps): ReactNode {
  const format = useFormat();
  const name = contactName(contact)?.slice(0, LONGEST) ?? null;
  const disturb = doNotDisturb(contact);
  return (
    // The name is the control for the keyboard; the rest of the row is for the pointer.
    <tr role="row" className="ghl-row" onClick={() => onOpen(contact)}>
      <td role="cell" className="ghl-cell ghl-cell--name">
        <Avatar id={contact.id} name={name} />
        <button
          type="button"
          className={name ? "ghl-row__open" : "ghl-row__open ghl-row__open--none"}
          title={name ?? "(no name)"}
          dir="auto"
          onClick={(event) => {
            event.stopPropagation();
            onOpen(contact);
          }}
        >
          {name ?? "(no name)"}
        </button>
        {disturb && (
          <span className="ghl-chip ghl-chip--dnd" title={`Do not disturb: ${disturb}`}>
            DND
          </span>
        )}
      </td>
      <TextCell id="email" label="Email" value={contact.email} />
      <TextCell id="phone" label="Phone" value={contact.phone} />
      <TextCell id="company" label="Company" value={contact.company_name} />
      <td role="cell" className="ghl-cell ghl-cell--tags" data-label="Tags">
        {contact.tags.length ? (
          <Tags tags={contact.tags} limit={2} />
        ) : (
          <span className="ghl-cell__none" aria-label="No tags">
            –
          </span>
        )}
      </td>
      <TextCell id="source" label="Source" value={contact.source} />
      <TextCell
        id="owner"
        label="Owner"
        value={contact.assigned_to?.name ?? contact.assigned_to?.id ?? null}
      />
      <TextCell id="added" label="Added" value={format.date(contact.date_added)} />
    </tr>
  );
}
