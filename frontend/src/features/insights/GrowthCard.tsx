import { useMemo, useState } from "react";

import { Card } from "../../components/Card";
import { Empty } from "../../components/Empty";
import { Segmented } from "../../components/Segmented";
import { useFormat } from "../../lib/FormatContext";
import { monthSeries, thisMonth, type MonthPoint } from "../../lib/time/months";
import { describeZone } from "../../lib/time/zone";
import { GrowthChart } from "./GrowthChart";

const SPANS = [
  { id: "12", label: "1 year", months: 12 },
  { id: "36", label: "3 years", months: 36 },
  { id: "all", label: "All", months: null },
] as const;

const MEASURES = [
  { id: "total", label: "Total" },
  { id: "added", label: "Added" },
] as const;

type SpanId = (typeof SPANS)[number]["id"];
type Measure = (typeof MEASURES)[number]["id"];

/** The shortest span in which anything happened: a flat line tells nothing. */
function fittingSpan(growth: readonly MonthPoint[], zone: string | null): SpanId {
  const moved = SPANS.find(({ months }) =>
    monthSeries(growth, months, thisMonth(zone)).some(({ added }) => added > 0),
  );
  return moved?.id ?? "all";
}

interface GrowthCardProps {
  readonly growth: readonly MonthPoint[];
  /** The zone by whose calendar the months were cut; null: UTC. */
  readonly zone: string | null;
}

export function GrowthCard({ growth, zone }: GrowthCardProps) {
  const format = useFormat();
  const [chosen, setSpan] = useState<SpanId | null>(null);
  const fitting = useMemo(() => fittingSpan(growth, zone), [growth, zone]);
  const span = chosen ?? fitting;
  const [measure, setMeasure] = useState<Measure>("total");
  const months = SPANS.find(({ id }) => id === span)?.months ?? null;
  const series = useMemo(() => monthSeries(growth, months, thisMonth(zone)), [growth, months, zone]);
  const added = series.reduce((sum, point) => sum + point.added, 0);
  return (
    <Card
      title="Growth"
      note={series.length > 0 && `${format.number(added)} added in this time`}
      className="ghl-card--wide"
      actions={
        <>
          <Segmented
            label="Measure"
            options={MEASURES}
            selected={measure}
            onSelect={setMeasure}
          />
          <Segmented label="Time span" options={SPANS} selected={span} onSelect={setSpan} />
        </>
      }
    >
      {series.length > 0 ? (
        <>
          <GrowthChart series={series} measure={measure} />
          <p className="ghl-card__note ghl-chart__zone">
            Months by the calendar of {describeZone(zone, format.lang) ?? "UTC"}
          </p>
        </>
      ) : (
        <Empty title="No dates to chart yet" />
      )}
    </Card>
  );
}
