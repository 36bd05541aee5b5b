import type { ContactsParams } from "../../api/contacts";
import { Button, IconButton } from "../../components/Button";
import { Unknown } from "../../components/Unknown";
import { useFormat } from "../../lib/FormatContext";
import type { Paging } from "./paging";
import type { Counting } from "./useExactPaging";
import { PAGE_SIZES } from "./view";

interface PagerProps {
  readonly view: ContactsParams;
  readonly paging: Paging;
  readonly counting: Counting | null;
  readonly onPage: (page: number) => void;
  readonly onLimit: (limit: number) => void;
}

export function Pager({ view, paging, counting, onPage, onLimit }: PagerProps) {
  const format = useFormat();
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
      <span className="ghl-pager__range" data-testid="page-range">
        {total === null && last === 0 ? <Unknown /> : range}
        {total !== null && ` of ${format.number(total)}${more ? "+" : ""}`}
      </span>
      {counting && (
        <Button variant="quiet" busy={counting.busy} disabled={counting.busy} onClick={counting.start}>
          {counting.failed ? "Count all again" : "Count all"}
        </Button>
      )}
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
