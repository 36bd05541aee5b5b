import { useState } from "react";

import { useDecidePartner, usePartner, type ContactPartner } from "../../api/partner";
import { Button } from "../../components/Button";
import { useDebounced } from "../../lib/useDebounced";
import { PartnerSearch } from "./PartnerSearch";

const SEARCH_DELAY_MS = 300;
const LONGEST = 300;

const STATES: Record<ContactPartner["state"], string> = {
  none: "Not linked",
  review: "Waits for a decision",
  linked: "Linked",
  ignored: "Ignored",
  refused: "Refused by Odoo",
  dissolved: "Unlinked",
};

/** What the link is, in one line. */
function describe({ state, reason, hidden, waiting }: ContactPartner): string {
  if (hidden) return "Linked to a contact that you may not see.";
  const text = reason ? `${STATES[state]}: ${reason.slice(0, LONGEST)}.` : `${STATES[state]}.`;
  return waiting ? `${text} Odoo is about to look at it.` : text;
}

/** What Odoo kept otherwise, with the reason. */
function NotTaken({ texts }: { readonly texts: readonly string[] }) {
  if (texts.length === 0) return null;
  return (
    <ul className="ghl-values" aria-label="Not taken">
      {texts.map((text) => (
        <li key={text}>{text}</li>
      ))}
    </ul>
  );
}

interface PartnerLinkProps {
  readonly locationId: string;
  readonly contactId: string;
}

/** The Odoo contact of a contact: shown, linked, created or unlinked. */
export function PartnerLink({ locationId, contactId }: PartnerLinkProps) {
  const [typed, setTyped] = useState("");
  const search = useDebounced(typed, SEARCH_DELAY_MS).trim();
  const { data } = usePartner(locationId, contactId, search);
  const decide = useDecidePartner(locationId, contactId);
  if (!data || (!data.enabled && data.state === "none")) return null;
  const { partner, state, may_decide: mayDecide, hidden } = data;
  const isLinked = partner !== null || hidden;
  const link = (id: number) => {
    setTyped("");
    decide.mutate({ decision: "link", partner_id: id });
  };
  return (
    <section className="ghl-group" aria-label="Odoo contact">
      <h3 className="ghl-group__title">Odoo contact</h3>
      {partner && (
        <p>
          <a href={partner.url} className="ghl-value" dir="auto">
            {partner.name.slice(0, LONGEST)}
          </a>
        </p>
      )}
      <p className="ghl-partner__state">{describe(data)}</p>
      <NotTaken texts={data.not_taken} />
      {decide.error && <p role="alert">{decide.error.message}</p>}
      {mayDecide && isLinked && (
        <Button disabled={decide.isPending} onClick={() => decide.mutate({ decision: "unlink" })}>
          Unlink
        </Button>
      )}
      {mayDecide && !isLinked && (
        <>
          <PartnerSearch
            typed={typed}
            onType={setTyped}
            found={search ? data.choices : data.candidates}
            busy={decide.isPending}
            onPick={link}
          />
          <div className="ghl-partner__buttons">
            <Button
              disabled={decide.isPending || data.waiting}
              onClick={() => decide.mutate({ decision: "create" })}
            >
              Create Odoo contact
            </Button>
            {state === "review" && (
              <Button
                disabled={decide.isPending}
                onClick={() => decide.mutate({ decision: "ignore" })}
              >
                Ignore
              </Button>
            )}
          </div>
        </>
      )}
    </section>
  );
}
