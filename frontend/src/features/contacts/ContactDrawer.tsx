import type { ReactNode } from "react";

import type { Contact } from "../../api/contacts";
import { Drawer } from "../../components/overlays/Drawer";
import { useFormat } from "../../lib/FormatContext";
import { describeZone } from "../../lib/time/zone";
import { ContactHistory } from "./ContactHistory";
import { Avatar } from "./table/Avatar";
import { contactName } from "./table/contactName";
import { doNotDisturb } from "./table/doNotDisturb";
import { FieldValue } from "./table/FieldValue";
import { Tags } from "./table/Tags";

/** Tags beyond this are a flood that nobody reads. */
const MOST_TAGS = 60;

interface GroupProps {
  readonly title: string;
  readonly fields: readonly (readonly [label: string, value: ReactNode])[];
}

function Group({ title, fields }: GroupProps) {
  return (
    <section className="ghl-group">
      <h3 className="ghl-group__title">{title}</h3>
      <dl className="ghl-group__fields">
        {fields.map(([label, value]) => (
          <div key={label}>
            <dt dir="auto">{label}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}

const plain = (value: unknown) => <FieldValue value={value} />;

function linked(scheme: "mailto" | "tel", value: string | null) {
  if (!value || value.length > 320) return plain(value);
  const target = scheme === "tel" ? value.replace(/[^\d+*#]/g, "") : encodeURIComponent(value).replace("%40", "@");
  return (
    <a href={`${scheme}:${target}`} className="ghl-value">
      {value}
    </a>
  );
}

/** The first address or number, and below it those that GoHighLevel keeps besides. */
function reach(scheme: "mailto" | "tel", first: string | null, more: readonly string[]) {
  const others = [...new Set(more)].filter((value) => value && value !== first);
  if (others.length === 0) return linked(scheme, first);
  return (
    <ul className="ghl-values">
      {[first, ...others].map((value) => value && <li key={value}>{linked(scheme, value)}</li>)}
    </ul>
  );
}

interface ContactDrawerProps {
  readonly locationId: string;
  /** What Odoo knows of the contact. */
  readonly inOdoo: ReactNode;
  readonly contact: Contact;
  readonly onClose: () => void;
  readonly onTag: (tag: string) => void;
}

/** Every field of one contact. */
export function ContactDrawer(props: ContactDrawerProps) {
  const { locationId, inOdoo, contact, onClose, onTag } = props;
  const format = useFormat();
  const name = contactName(contact) ?? "(no name)";
  const custom = Object.entries(contact.custom_fields);
  const { address } = contact;
  return (
    <Drawer label={`Contact ${name.slice(0, 80)}`} onClose={onClose}>
      <header className="ghl-drawer__head">
        <Avatar id={contact.id} name={contactName(contact)} />
        <div className="ghl-drawer__names">
          <h2 className="ghl-drawer__title" dir="auto">
            {name.slice(0, 400)}
          </h2>
          {contact.company_name && (
            <p className="ghl-drawer__company" dir="auto">
              {contact.company_name.slice(0, 400)}
            </p>
          )}
        </div>
      </header>
      {contact.tags.length > 0 && (
        <Tags tags={contact.tags} limit={MOST_TAGS} onPick={onTag} />
      )}
      <Group
        title="Contact"
        fields={[
          ["Email", reach("mailto", contact.email, contact.additional_emails)],
          ["Phone", reach("tel", contact.phone, contact.additional_phones)],
          ["Website", plain(contact.website)],
          ["First name", plain(contact.first_name)],
          ["Last name", plain(contact.last_name)],
          ["Do not disturb", doNotDisturb(contact) ?? "No"],
          ...contact.dnd_settings.map(
            ({ channel, text, reason }) =>
              [channel, plain(reason ? `${text}: ${reason}` : text)] as const,
          ),
        ]}
      />
      <Group
        title="Address"
        fields={[
          ["Street", plain(address.address1)],
          ["City", plain(address.city)],
          ["State", plain(address.state)],
          ["Postal code", plain(address.postal_code)],
          ["Country", plain(address.country)],
          ["Time zone", plain(describeZone(contact.timezone, format.lang))],
        ]}
      />
      <Group
        title="Origin"
        fields={[
          ["Source", plain(contact.source)],
          ["Type", plain(contact.type)],
          ["Owner", plain(contact.assigned_to?.name ?? contact.assigned_to?.id)],
          ["Added", plain(format.dateTime(contact.date_added))],
          ["Updated", plain(format.dateTime(contact.date_updated))],
          ["GoHighLevel id", <code key="id" className="ghl-json">{contact.id}</code>],
        ]}
      />
      {custom.length > 0 && (
        <Group
          title={`Custom fields (${format.number(custom.length)})`}
          fields={custom.map(([label, value]) => [label, plain(value)] as const)}
        />
      )}
      {inOdoo}
      <ContactHistory key={contact.id} locationId={locationId} contactId={contact.id} />
    </Drawer>
  );
}
