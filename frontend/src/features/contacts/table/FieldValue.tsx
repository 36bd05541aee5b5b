import { useFormat } from "../../../lib/FormatContext";
import { dateValue } from "../../../lib/time/moments";
import { webLink } from "../../../lib/text";

/** Deeper than this, structure is shown as the JSON that it is. */
const DEEPEST = 3;
const LONGEST = 5_000;
const MOST = 50;

function Text({ value }: { readonly value: string }) {
  const format = useFormat();
  const date = dateValue(value, format);
  if (date) {
    return (
      <time dateTime={value} title={value} className="ghl-value">
        {date}
      </time>
    );
  }
  const link = webLink(value);
  if (link) {
    return (
      <a href={link} target="_blank" rel="noopener noreferrer" className="ghl-value">
        {value}
      </a>
    );
  }
  const cut = value.length > LONGEST;
  return (
    <span className="ghl-value" dir="auto">
      {cut ? `${value.slice(0, LONGEST)}…` : value}
    </span>
  );
}

const simple = (value: unknown) => value === null || typeof value !== "object";

function List({ items, depth }: { readonly items: readonly unknown[]; readonly depth: number }) {
  const shown = items.slice(0, MOST);
  const rest = items.length - shown.length;
  return (
    <ul className={items.every(simple) ? "ghl-values ghl-values--inline" : "ghl-values"}>
      {shown.map((item, index) => (
        <li key={index}>
          <FieldValue value={item} depth={depth + 1} />
        </li>
      ))}
      {rest > 0 && <li>{rest} more</li>}
    </ul>
  );
}

interface FieldValueProps {
  readonly value: unknown;
  readonly depth?: number;
}

/** Any JSON value, as GoHighLevel's custom fields hold any. */
export function FieldValue({ value, depth = 0 }: FieldValueProps) {
  if (value === null || value === undefined || value === "") {
    return <span className="ghl-cell__none">–</span>;
  }
  if (typeof value === "string") return <Text value={value} />;
  if (typeof value === "boolean") return <span>{value ? "Yes" : "No"}</span>;
  if (typeof value !== "object") return <Text value={JSON.stringify(value)} />;
  if (depth >= DEEPEST) {
    return <code className="ghl-json">{JSON.stringify(value).slice(0, LONGEST)}</code>;
  }
  if (Array.isArray(value)) {
    const items = value as readonly unknown[];
    return items.length ? (
      <List items={items} depth={depth} />
    ) : (
      <span className="ghl-cell__none">–</span>
    );
  }
  const entries = Object.entries(value as Record<string, unknown>).slice(0, MOST);
  return (
    <dl className="ghl-nested">
      {entries.map(([name, inner]) => (
        <div key={name}>
          <dt dir="auto">{name}</dt>
          <dd>
            <FieldValue value={inner} depth={depth + 1} />
          </dd>
        </div>
      ))}
    </dl>
  );
}
