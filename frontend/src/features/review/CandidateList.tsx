import type { ReviewedContact } from "../../api/review";
import { Empty } from "../../components/Empty";
import { useFormat } from "../../lib/FormatContext";

const LONGEST = 300;

interface CandidateListProps {
  readonly contacts: readonly ReviewedContact[];
  readonly stale: boolean;
}

/** The contacts that would be deleted, with why. */
export function CandidateList({ contacts, stale }: CandidateListProps) {
  const format = useFormat();
  if (contacts.length === 0) return <Empty title="No contact of the list matches" />;
  return (
    <ul className="ghl-candidates" aria-label="Contacts in question" aria-busy={stale}>
      {contacts.map(({ id, name, email, phone, last_seen, reason }) => (
        <li key={id} className="ghl-candidates__item">
          <span className="ghl-candidates__name" dir="auto">
            {name?.slice(0, LONGEST) ?? "(no name)"}
          </span>
          <span className="ghl-candidates__seen">
            {last_seen && `last seen ${format.date(last_seen)}`}
          </span>
          <span className="ghl-candidates__reach" dir="auto">
            {[email, phone].filter(Boolean).join(" · ").slice(0, LONGEST) || id}
          </span>
          {reason && <span className="ghl-candidates__reason">{reason}</span>}
        </li>
      ))}
    </ul>
  );
}
