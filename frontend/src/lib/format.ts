import { parseDate } from "./locale";

export interface Formatters {
  readonly lang: string;
  number: (value: number) => string;
  /** `value` is in per cent, 0 to 100. */
  percent: (value: number) => string;
  date: (iso: string | null) => string;
  /** `YYYY-MM-DD`: that very day, whatever the zone. */
  day: (day: string) => string;
  dateTime: (iso: string | null) => string;
  time: (iso: string | null) => string;
  /** "3 minutes ago", for moments in the past and the future. */
  relative: (iso: string | null, now?: number) => string;
  duration: (seconds: number) => string;
  /** A moment to come, with the day when it is not today: "at 8:46 PM". */
  moment: (iso: string, now?: number) => string;
  /** `month` is `YYYY-MM`. */
  month: (month: string) => string;
}

const STEPS: readonly (readonly [Intl.RelativeTimeFormatUnit, number])[] = [
  ["year", 31_557_600],
  ["month", 2_629_800],
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
];

/** Dates far outside of human time are data errors: shown as they came, never as "NaN". */
function dateText(
  iso: string | null,
  format: Intl.DateTimeFormat,
): string {
  if (!iso) return "";
  const date = parseDate(iso);
  return date ? format.format(date) : iso;
}

function durationFormatter(lang: string): (seconds: number) => string {
  const unit = (name: string) =>
    new Intl.NumberFormat(lang, { style: "unit", unit: name, unitDisplay: "short" });
  const [hours, minutes, secs] = [unit("hour"), unit("minute"), unit("second")];
  return (seconds) => {
    const total = Math.max(0, Math.round(seconds));
    const [h, m, s] = [Math.floor(total / 3600), Math.floor(total / 60) % 60, total % 60];
    if (h) return `${hours.format(h)} ${minutes.format(m)}`;
    if (m) return s && m < 10 ? `${minutes.format(m)} ${secs.format(s)}` : minutes.format(m);
    return secs.format(s);
  };
}

export function createFormatters(lang: string, timeZone?: string): Formatters {
  const zone = timeZone ? { timeZone } : {};
  const number = new Intl.NumberFormat(lang);
  const percent = new Intl.NumberFormat(lang, {
    style: "percent",
    maximumFractionDigits: 1,
  });
  const date = new Intl.DateTimeFormat(lang, { dateStyle: "medium", ...zone });
  const time = new Intl.DateTimeFormat(lang, { timeStyle: "short", ...zone });
  const dateTime = new Intl.DateTimeFormat(lang, {
    dateStyle: "medium",
    timeStyle: "short",
    ...zone,
  });
  const month = new Intl.DateTimeFormat(lang, {
    month: "short",
    year: "numeric",
    timeZone: "UTC",
  });
  const day = new Intl.DateTimeFormat(lang, { dateStyle: "medium", timeZone: "UTC" });
  const relative = new Intl.RelativeTimeFormat(lang, { numeric: "auto", style: "short" });
  return {
    lang,
    number: (value) => number.format(value),
    percent: (value) => percent.format(value / 100),
    date: (iso) => dateText(iso, date),
    day: (text) => dateText(`${text}T00:00:00Z`, day),
    moment: (iso, now = Date.now()) => {
      const today = date.format(now) === dateText(iso, date);
      return dateText(iso, today ? time : dateTime);
    },
    dateTime: (iso) => dateText(iso, dateTime),
    time: (iso) => dateText(iso, time),
    relative: (iso, now = Date.now()) => {
      const moment = parseDate(iso);
      if (!moment) return "";
      const seconds = (moment.getTime() - now) / 1000;
      const step = STEPS.find(([, size]) => Math.abs(seconds) >= size);
      if (!step) return seconds > -45 ? relative.format(0, "second") : relative.format(-1, "minute");
      return relative.format(Math.trunc(seconds / step[1]), step[0]);
    },
    duration: durationFormatter(lang),
    month: (text) => dateText(`${text}-01T00:00:00Z`, month),
  };
}
