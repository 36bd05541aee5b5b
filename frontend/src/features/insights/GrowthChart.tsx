import { useState, type KeyboardEvent, type PointerEvent } from "react";

import { useFormat } from "../../lib/FormatContext";
import type { MonthPoint } from "../../lib/time/months";
import { labelStep, niceTicks } from "../../lib/scale";

/** The drawing is stretched to the card, so that only its proportions matter here. */
const WIDTH = 1000;
const HEIGHT = 240;

interface GrowthChartProps {
  readonly series: readonly MonthPoint[];
  readonly measure: "total" | "added";
}

function areaPath(xs: readonly number[], ys: readonly number[]): [line: string, area: string] {
  const line = xs.map((x, at) => `${at ? "L" : "M"}${x.toFixed(2)} ${(ys[at] ?? 0).toFixed(2)}`).join("");
  return [line, `${line}L${xs.at(-1) ?? 0} ${HEIGHT}L${xs[0] ?? 0} ${HEIGHT}Z`];
}

/**
 * Contacts by month, as a line of the total or bars of what was added. The points are
 * reachable with the arrow keys, and all figures are in a table for screen readers.
 */
export function GrowthChart({ series, measure }: GrowthChartProps) {
  const format = useFormat();
  const [active, setActive] = useState<number | null>(null);
  const values = series.map((point) => point[measure]);
  const ticks = niceTicks(Math.max(0, ...values));
  const top = ticks.at(-1) ?? 1;
  const slot = WIDTH / series.length;
  const xs = series.map((_, at) => (at + 0.5) * slot);
  const ys = values.map((value) => HEIGHT - (value / top) * HEIGHT);
  const [line, area] = areaPath(xs, ys);
  const point = active === null ? undefined : series[active];
  const place = (at: number) => ((at + 0.5) / series.length) * 100;

  const onPointerMove = (event: PointerEvent<HTMLDivElement>) => {
    const box = event.currentTarget.getBoundingClientRect();
    const at = Math.floor(((event.clientX - box.left) / box.width) * series.length);
    setActive(Math.min(series.length - 1, Math.max(0, at)));
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const at = active ?? series.length - 1;
    setActive(Math.min(series.length - 1, Math.max(0, active === null ? at : at + step)));
  };
  const step = labelStep(series.length, 6);

  return (
    <div className="ghl-chart" dir="ltr">
      <div className="ghl-chart__scale" aria-hidden="true">
        {ticks.map((tick) => (
          <span key={tick} style={{ insetBlockEnd: `${(tick / top) * 100}%` }}>
            {format.number(tick)}
          </span>
        ))}
      </div>
      {/* A chart that answers to arrow keys has no role of its own in ARIA. */}
      {/* eslint-disable jsx-a11y/no-noninteractive-tabindex, jsx-a11y/no-noninteractive-element-interactions */}
      <div
        className="ghl-chart__plot"
        role="img"
        tabIndex={0}
        aria-label={
          point
            ? `${format.month(point.month)}: ${format.number(point.total)} contacts, ${format.number(point.added)} added`
            : "Contacts by month. Arrow keys read the months."
        }
        onPointerMove={onPointerMove}
        onPointerLeave={() => setActive(null)}
        onKeyDown={onKeyDown}
        onBlur={() => setActive(null)}
      >
        {/* eslint-enable */}
        <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" aria-hidden="true">
          {ticks.map((tick) => (
            <line
              key={tick}
              className="ghl-chart__line"
              x1="0"
              x2={WIDTH}
              y1={HEIGHT - (tick / top) * HEIGHT}
              y2={HEIGHT - (tick / top) * HEIGHT}
            />
          ))}
          {measure === "total" ? (
            <>
              <path className="ghl-chart__area" d={area} />
              <path className="ghl-chart__curve" d={line} />
            </>
          ) : (
            ys.map((y, at) => (
              <rect
                key={series[at]?.month}
                className={at === active ? "ghl-chart__bar ghl-chart__bar--active" : "ghl-chart__bar"}
                x={at * slot + slot * 0.16}
                width={slot * 0.68}
                y={y}
                height={HEIGHT - y}
              />
            ))
          )}
        </svg>
        {active !== null && point && (
          <>
            {measure === "total" && (
              <span
                className="ghl-chart__dot"
                style={{
                  insetInlineStart: `${place(active)}%`,
                  insetBlockStart: `${((ys[active] ?? 0) / HEIGHT) * 100}%`,
                }}
              />
            )}
            <span
              className="ghl-chart__tip"
              data-side={place(active) > 55 ? "start" : "end"}
              style={{ insetInlineStart: `${place(active)}%` }}
            >
              <b>{format.month(point.month)}</b>
              <span>{format.number(point.total)} in all</span>
              <span>{format.number(point.added)} added</span>
            </span>
          </>
        )}
      </div>
      <div className="ghl-chart__months" aria-hidden="true">
        {series.map(
          ({ month }, at) =>
            (series.length - 1 - at) % step === 0 && (
              <span key={month} style={{ insetInlineStart: `${place(at)}%` }}>
                {format.month(month)}
              </span>
            ),
        )}
      </div>
      <table className="ghl-visually-hidden">
        <caption>Contacts by month</caption>
        <thead>
          <tr>
            <th scope="col">Month</th>
            <th scope="col">Added</th>
            <th scope="col">Total</th>
          </tr>
        </thead>
        <tbody>
          {series.map(({ month, added, total }) => (
            <tr key={month}>
              <th scope="row">{format.month(month)}</th>
              <td>{format.number(added)}</td>
              <td>{format.number(total)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
