import { ErasePerson } from "./ErasePerson";
import { PartnerLink } from "./PartnerLink";

interface PartnerPanelProps {
  readonly locationId: string;
  readonly contactId: string;
  readonly onErased: () => void;
}

/** What Odoo knows of a contact: its own contact of the same person, and its erasure. */
export function PartnerPanel(props: PartnerPanelProps) {
  return (
    <>
      <PartnerLink {...props} />
      <ErasePerson {...props} />
    </>
  );
}
