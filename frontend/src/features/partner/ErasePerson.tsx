import { useState } from "react";

import { useErase, usePartner } from "../../api/partner";
import { Button } from "../../components/Button";
import { Dialog } from "../../components/overlays/Dialog";

interface ErasePersonProps {
  readonly locationId: string;
  readonly contactId: string;
  readonly onErased: () => void;
}

/** The erasure of a person, for those who may, after one more question. */
export function ErasePerson({ locationId, contactId, onErased }: ErasePersonProps) {
  const [asking, setAsking] = useState(false);
  const { data } = usePartner(locationId, contactId, "");
  const erase = useErase(locationId, contactId, onErased);
  if (!data?.may_erase) return null;
  return (
    <section className="ghl-group">
      <Button onClick={() => setAsking(true)}>Erase this person</Button>
      {asking && (
        <Dialog label="Erase this person?" onClose={() => setAsking(false)}>
          <h2 className="ghl-drawer__title">Erase this person for good?</h2>
          <p className="ghl-dialog__text">
            Everything that GoHighLevel has told of this person is removed from Odoo&apos;s
            database, and syncs leave them out from now on. It cannot be undone. The Odoo contact,
            if any, stays: delete it in Odoo.
          </p>
          {erase.error && <p role="alert">{erase.error.message}</p>}
          <div className="ghl-dialog__buttons">
            <Button onClick={() => setAsking(false)}>Cancel</Button>
            <Button
              className="ghl-button--danger"
              disabled={erase.isPending}
              onClick={() => erase.mutate()}
            >
              Erase for good
            </Button>
          </div>
        </Dialog>
      )}
    </section>
  );
}
