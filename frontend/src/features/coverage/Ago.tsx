import { useFormat } from "../../lib/FormatContext";

/** A moment as "two hours ago", with its date on request. */
export function Ago({ iso, now }: { readonly iso: string; readonly now: number }) {
  const format = useFormat();
  return (
    <time dateTime={iso} title={format.dateTime(iso)}>
      {format.relative(iso, now)}
    </time>
  );
}
