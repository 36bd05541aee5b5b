import { Button } from "../../components/Button";

const LONGEST = 120;

interface Offer {
  readonly id: number;
  readonly name: string;
  readonly email: string | null;
}

interface PartnerSearchProps {
  readonly typed: string;
  readonly onType: (text: string) => void;
  readonly found: readonly Offer[];
  readonly busy: boolean;
  readonly onPick: (id: number) => void;
}

/** Odoo contacts to link to: those that the rules suggest, or what a search finds. */
export function PartnerSearch({ typed, onType, found, busy, onPick }: PartnerSearchProps) {
  return (
    <>
      <input
        type="search"
        className="ghl-input"
        aria-label="Search Odoo contacts"
        placeholder="Search Odoo contacts"
        value={typed}
        maxLength={200}
        onChange={(event) => onType(event.target.value)}
      />
      {found.length > 0 && (
        <ul className="ghl-values" aria-label="Odoo contacts">
          {found.map(({ id, name, email }) => (
            <li key={id} className="ghl-partner__offer">
              <span dir="auto">
                {[name, email].filter(Boolean).join(" · ").slice(0, LONGEST)}
              </span>
              <Button disabled={busy} onClick={() => onPick(id)} aria-label={`Link to ${name}`}>
                Link
              </Button>
            </li>
          ))}
        </ul>
      )}
    </>
  );
}
