import { useLayoutEffect, useRef, type RefObject } from "react";

import type { ContactsParams } from "../../api/contacts";
import { Button, IconButton } from "../../components/Button";
import { Unknown } from "../../components/Unknown";
import { useFormat } from "../../lib/FormatContext";
import { plural } from "../../lib/text";
import type { Paging } from "./paging";
import type { Counting, ExactPaging } from "./useExactPaging";
import { PAGE_SIZES } from "./view";

interface PagerProps {
  readonly view: ContactsParams;
  readonly paging: Paging;
  readonly counting: Counting | null;
  readonly result: ExactPaging["result"];
  readonly onPage: (page: number) => void;
  readonly onLimit: (limit: number) => void;
}

interface CountAllProps {
  readonly counting: Counting;
  /** What has the focus once the button is gone that had it. */
  readonly next: RefObject<HTMLElement | null>;
}

function CountAll({ counting, next }: CountAllProps) {
  const button = useRef<HTMLButtonElement>(null);
  useLayoutEffect(() => {
    const [own, heir] = [button.current, next.current];
    return () => {
      if (own === document.activeElement) heir?.focus();
    };
  }, [next]);
  const { busy, failed, start } = counting;
  const label = failed ? "Count all again" : "Count all";
  // A disabled button would lose the focus.
  return (
    <Button
      ref={button}
      variant="quiet"
      busy={busy}
      aria-disabled={busy}
      onClick={() => !busy && start()}
    >
      {busy ? "Counting…" : label}
    </Button>
  );
}

/** Tells screen readers how a count has ended. */
function CountResult({ result }: Pick<PagerProps, "result">) {
  const format = useFormat();
  const words =
    typeof result === "number"
      ? `${format.number(result)} ${plural(result, "contact matches", "contacts match")}`
      : result && "The count failed";
  return (
    <span className="ghl-visually-hidden" role="status">
      {words}
    </span>
  );
}

export function Pager({ view, paging, counting, result, onPage, onLimit }: PagerProps) {
  const format = useFormat();
  const place = useRef<HTMLSpanElement>(null);
  const { first, last, total, more, pages, hasNext } = paging;
  const range = first === last ? format.number(first) : `${format.number(first)}–${format.number(last)}`;
  const atStart = view.page <= 1;
  return (
    <nav className="ghl-pager" aria-label="Pages of contacts">
      <label className="ghl-pager__size">
        Rows per page
        <select
          className="ghl-input ghl-select"
          value={view.limit}
          onChange={(event) => onLimit(Number(event.target.value))}
        >
          {PAGE_SIZES.map((size) => (
            <option key={size} value={size}>
              {size}
            </option>
          ))}
        </select>
      </label>
      <span ref={place} tabIndex={-1} className="ghl-pager__range" data-testid="page-range">
        {total === null && last === 0 ? <Unknown /> : range}
        {total !== null && ` of ${format.number(total)}${more ? "+" : ""}`}
      </span>
      {counting && <CountAll counting={counting} next={place} />}
      <CountResult result={result} />
      <div className="ghl-pager__buttons">
        <IconButton
          icon="first"
          label="First page"
          disabled={atStart}
          onClick={() => onPage(1)}
        />
        <IconButton
          icon="previous"
          label="Previous page"
          disabled={atStart}
          onClick={() => onPage(view.page - 1)}
        />
        <IconButton
          icon="next"
          label="Next page"
          disabled={!hasNext}
          onClick={() => onPage(view.page + 1)}
        />
        <IconButton
          icon="last"
          label="Last page"
          disabled={!hasNext || pages === null}
          onClick={() => onPage(pages ?? view.page)}
        />
      </div>
    </nav>
  );
}
