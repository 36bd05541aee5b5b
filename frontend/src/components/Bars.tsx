import { useFormat } from "../lib/FormatContext";

interface ProgressProps {
  /** 0 to 100; null while it cannot be known. */
  readonly percent: number | null;
  readonly label: string;
  readonly text: string;
  readonly paused?: boolean;
}

/** The progress of a task. Without a figure it shows motion and claims nothing. */
export function Progress({ percent, label, text, paused = false }: ProgressProps) {
  const state = percent === null ? "unknown" : paused ? "paused" : "known";
  return (
    <div
      className={`ghl-bar ghl-bar--progress ghl-bar--${state}`}
      role="progressbar"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuetext={text}
      {...(percent === null ? {} : { "aria-valuenow": Math.floor(percent) })}
    >
      <span
        className="ghl-bar__fill"
        style={percent === null ? {} : { inlineSize: `${percent}%` }}
      />
    </div>
  );
}

interface MeterProps {
  readonly percent: number;
  readonly label: string;
  readonly tone?: "brand" | "success" | "warning" | "danger";
  /** What to read out in the place of the share. */
  readonly text?: string;
}

/** A share of a whole. */
export function Meter({ percent, label, tone = "brand", text }: MeterProps) {
  const format = useFormat();
  const width = Math.min(100, Math.max(0, percent));
  return (
    <div
      className={`ghl-bar ghl-bar--${tone}`}
      role="meter"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={100}
      aria-valuenow={width}
      aria-valuetext={text ?? format.percent(percent)}
    >
      <span className="ghl-bar__fill" style={{ inlineSize: `${width}%` }} />
    </div>
  );
}
