import { useAnalytics } from "../../api/analytics";
import { cardError } from "../../api/client";
import { Card } from "../../components/Card";
import { Problem } from "../../components/Problem";
import { Skeleton } from "../../components/Skeleton";
import { useFormat } from "../../lib/FormatContext";
import { useNow } from "../../lib/time/useNow";
import { DataQualityCard } from "./DataQualityCard";
import { FilledFieldsCard } from "./FilledFieldsCard";
import { GrowthCard } from "./GrowthCard";
import { RankingCard } from "./RankingCard";

const TITLES = ["Growth", "Quality", "Sources", "Tags"];

interface InsightsProps {
  readonly locationId: string;
  /** Shows the contacts behind a figure of the data quality. */
  readonly onQuality: (figure: string) => void;
}

export function Insights({ locationId, onQuality }: InsightsProps) {
  const { data, isFetching, refetch, ...query } = useAnalytics(locationId);
  const { relative } = useFormat();
  const now = useNow(30_000);
  const error = cardError(query.error);
  if (!data) {
    return error ? (
      <Problem
        title="The figures could not be read"
        error={error}
        busy={isFetching}
        onRetry={() => void refetch()}
      />
    ) : (
      <div className="ghl-grid">
        {TITLES.map((title) => (
          <Card key={title} title={title}>
            <Skeleton lines={6} label={`Loading ${title.toLowerCase()}`} />
          </Card>
        ))}
      </div>
    );
  }
  const { total } = data.quality;
  // An owner who left GoHighLevel has an id and no name.
  const owners = data.owners.map(({ id, name, count }) => ({ name: name ?? id, count }));
  return (
    <>
      <div className="ghl-grid" aria-busy={isFetching}>
        <GrowthCard growth={data.growth} zone={data.timezone} />
        <FilledFieldsCard quality={data.quality} />
        <RankingCard
          title="Sources"
          missing="(no source)"
          items={data.sources}
          beyond={data.others.sources}
          total={total}
        />
        <RankingCard
          title="Tags"
          missing="(no name)"
          items={data.tags}
          beyond={data.others.tags}
          total={total}
          overlapping
        />
        <div className="ghl-stack">
          <RankingCard
            title="Owners"
            missing="(nobody)"
            items={owners}
            beyond={data.others.owners}
            rows={6}
            total={total}
          />
          <RankingCard
            title="Types"
            missing="(no type)"
            items={data.types}
            beyond={data.others.types}
            rows={6}
            total={total}
          />
        </div>
        <DataQualityCard locationId={locationId} onPick={onQuality} />
      </div>
      {data.as_of && (
        <p className="ghl-card__note ghl-as-of">
          Figures made <time dateTime={data.as_of}>{relative(data.as_of, now)}</time>
        </p>
      )}
    </>
  );
}
