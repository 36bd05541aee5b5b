import { useState } from "react";

import type { Beyond, NamedCount } from "../../api/analytics";
import { Button } from "../../components/Button";
import { Card } from "../../components/Card";
import { Empty } from "../../components/Empty";
import { share } from "../../lib/coverage";
import { useFormat } from "../../lib/FormatContext";
import { plural } from "../../lib/text";

/** A list of thousands is no overview: the table's filter finds the rest. */
const LONG = 100;

interface RankingCardProps {
  readonly title: string;
  /** What to call the entry without a name. */
  readonly missing: string;
  readonly items: readonly NamedCount[];
  /** Values that the server left out, and how many contacts they have. */
  readonly beyond: Beyond;
  readonly total: number;
  /** How many entries to show at first. */
  readonly rows?: number;
  /** A contact may count several times, so the shares do not add up. */
  readonly overlapping?: boolean;
}

export function RankingCard(props: RankingCardProps) {
  const { title, missing, items, beyond, total, overlapping = false, rows = 10 } = props;
  const format = useFormat();
  const [all, setAll] = useState(false);
  const ranked = items.toSorted((a, b) => b.count - a.count);
  const shown = ranked.slice(0, all ? LONG : rows);
  const rest = ranked.slice(shown.length);
  const hidden = rest.length + beyond.values;
  const others = rest.reduce((sum, { count }) => sum + count, beyond.count);
  const widest = ranked[0]?.count ?? 1;
  return (
    <Card title={title} note={items.length > 0 && format.number(items.length + beyond.values)}>
      {items.length === 0 ? (
        <Empty title="Nothing here yet" />
      ) : (
        <ol className={all ? "ghl-ranking ghl-ranking--all" : "ghl-ranking"}>
          {shown.map(({ name, count }, at) => (
            <li key={`${at}:${name ?? ""}`} className="ghl-ranking__item">
              <span
                className={name ? "ghl-ranking__name" : "ghl-ranking__name ghl-cell__none"}
                title={name?.slice(0, 300)}
                dir="auto"
              >
                {name ?? missing}
              </span>
              <span className="ghl-ranking__count">{format.number(count)}</span>
              <span className="ghl-ranking__share">{format.percent(share(count, total))}</span>
              <span className="ghl-ranking__track" aria-hidden="true">
                <span style={{ inlineSize: `${(count / widest) * 100}%` }} />
              </span>
            </li>
          ))}
        </ol>
      )}
      {hidden > 0 && (
        <p className="ghl-ranking__rest">
          {`${format.number(hidden)} ${plural(hidden, "other", "others")}`}
          {!overlapping && `: ${format.number(others)} ${plural(others, "contact", "contacts")}`}
        </p>
      )}
      {ranked.length > rows && (
        <Button variant="quiet" aria-expanded={all} onClick={() => setAll(!all)}>
          {all
            ? "Show fewer"
            : `Show the top ${format.number(Math.min(ranked.length, LONG))}`}
        </Button>
      )}
    </Card>
  );
}
