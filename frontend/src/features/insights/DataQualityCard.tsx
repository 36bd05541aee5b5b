import { cardError } from "../../api/client";
import { useQuality, type Quality, type QualityFigure } from "../../api/quality";
import { Meter } from "../../components/Bars";
import { Card } from "../../components/Card";
import { Empty } from "../../components/Empty";
import { Problem } from "../../components/Problem";
import { Skeleton } from "../../components/Skeleton";
import { share } from "../../lib/coverage";
import { useFormat } from "../../lib/FormatContext";
import { useNow } from "../../lib/time/useNow";

interface FiguresProps {
  readonly title: string;
  readonly figures: readonly QualityFigure[];
  readonly total: number;
  readonly onPick: (figure: string) => void;
}

/** Figures, each of which leads to its contacts. */
function Figures({ title, figures, total, onPick }: FiguresProps) {
  const format = useFormat();
  return (
    <section className="ghl-dq__part" aria-label={title}>
      <h3 className="ghl-group__title">{title}</h3>
      <ul className="ghl-quality">
        {figures.map(({ name, label, meaning, count }) => (
          <li key={name} title={meaning}>
            <button
              type="button"
              className="ghl-link"
              disabled={count === 0}
              aria-label={`${label}: show ${format.number(count)} contacts`}
              onClick={() => onPick(name)}
            >
              {label}
            </button>
            <span className="ghl-quality__count">{format.number(count)}</span>
            <b>{format.percent(share(count, total))}</b>
            <Meter percent={share(count, total)} label={label} />
          </li>
        ))}
      </ul>
    </section>
  );
}

/** What the score is made of, so that nobody has to believe it. */
function Score({ quality }: { readonly quality: Quality }) {
  const format = useFormat();
  return (
    <section className="ghl-dq__part" aria-label="Score">
      <h3 className="ghl-group__title">
        Score <b className="ghl-dq__score">{format.number(quality.score ?? 0)}</b> of 100
      </h3>
      <ul className="ghl-quality">
        {quality.score_parts.map(({ label, weight, share: percent, points }) => (
          <li key={label}>
            <span>{label}</span>
            <span className="ghl-quality__count">{format.percent(percent)}</span>
            <b>{`${format.number(points)} of ${format.number(weight)}`}</b>
            <Meter percent={percent} label={label} />
          </li>
        ))}
      </ul>
      <p className="ghl-card__note">
        Points are the share of contacts that are so, times the most that it can give.
      </p>
    </section>
  );
}

interface DataQualityCardProps {
  readonly locationId: string;
  readonly onPick: (figure: string) => void;
}

/** How good the contacts' data is, and the way to those that are not. */
export function DataQualityCard({ locationId, onPick }: DataQualityCardProps) {
  const format = useFormat();
  const { relative } = format;
  const now = useNow(30_000);
  const { data, isFetching, refetch, ...query } = useQuality(locationId);
  const error = cardError(query.error);
  if (!data) {
    return (
      <Card title="Data quality" className="ghl-dq">
        {error ? (
          <Problem
            title="The data quality could not be read"
            error={error}
            busy={isFetching}
            onRetry={() => void refetch()}
          />
        ) : (
          <Skeleton lines={6} label="Loading data quality" />
        )}
      </Card>
    );
  }
  const good = data.figures.filter(({ is_good }) => is_good);
  const bad = data.figures.filter(({ is_good, count }) => !is_good && count > 0);
  return (
    <Card
      title="Data quality"
      className="ghl-dq"
      note={data.as_of && `${format.number(data.contacts)} contacts, looked at ${relative(data.as_of, now)}`}
    >
      {data.as_of === null || data.contacts === 0 ? (
        <Empty title="Nobody has looked at the data yet">
          That comes by itself, soon after the first sync.
        </Empty>
      ) : (
        <div className="ghl-dq__parts">
          <Score quality={data} />
          <Figures title="What is good" figures={good} total={data.contacts} onPick={onPick} />
          {bad.length > 0 && (
            <Figures title="What is not" figures={bad} total={data.contacts} onPick={onPick} />
          )}
        </div>
      )}
    </Card>
  );
}
