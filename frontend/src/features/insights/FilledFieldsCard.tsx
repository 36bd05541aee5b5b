import type { Quality } from "../../api/analytics";
import { Meter } from "../../components/Bars";
import { Card } from "../../components/Card";
import { Empty } from "../../components/Empty";
import { share } from "../../lib/coverage";
import { useFormat } from "../../lib/FormatContext";

// Names and what contacts share are the business of the card “Data quality”, which counts
// them by stricter rules and lists the contacts.
const GOOD = [
  ["With an email", "with_email"],
  ["With a phone", "with_phone"],
] as const;

const CONCERNS = [
  ["No email, no phone", "unreachable", "Neither an email nor a phone number"],
  [
    "“Do not disturb” switched on",
    "dnd",
    "GoHighLevel’s own switch of a contact. Channels decide where they say something: the card “Data quality” counts those that are closed.",
  ],
] as const;

export function FilledFieldsCard({ quality }: { readonly quality: Quality }) {
  const format = useFormat();
  const { total } = quality;
  return (
    <Card title="Quality" note={`${format.number(total)} contacts`}>
      {total === 0 ? (
        <Empty title="Nothing to measure yet" />
      ) : (
        <>
          <ul className="ghl-quality">
            {GOOD.map(([label, key]) => (
              <li key={key}>
                <span>{label}</span>
                <span className="ghl-quality__count">{format.number(quality[key])}</span>
                <b>{format.percent(share(quality[key], total))}</b>
                <Meter percent={share(quality[key], total)} label={label} />
              </li>
            ))}
          </ul>
          <dl className="ghl-concerns">
            {CONCERNS.map(([label, key, meaning]) => (
              <div key={key} title={meaning}>
                <dt>{label}</dt>
                <dd>{format.number(quality[key])}</dd>
              </div>
            ))}
          </dl>
        </>
      )}
    </Card>
  );
}
