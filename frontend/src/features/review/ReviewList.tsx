import { REVIEW_PAGE, type DeletionReview } from "../../api/review";
import { IconButton } from "../../components/Button";
import { Icon } from "../../components/Icon";
import { linkTarget } from "../../lib/action";
import { useFormat } from "../../lib/FormatContext";
import { runUrl } from "../../lib/odoo";
import { CandidateList } from "./CandidateList";

interface ReviewListProps {
  readonly review: DeletionReview;
  readonly page: number;
  readonly typed: string;
  readonly stale: boolean;
  readonly onPage: (page: number) => void;
  readonly onType: (text: string) => void;
}

/** The contacts in question, searchable and in pages; Odoo's own list exports them. */
export function ReviewList({ review, page, typed, stale, onPage, onType }: ReviewListProps) {
  const format = useFormat();
  const { contacts, run_id } = review;
  const target = linkTarget(review.url) ?? (run_id === null ? null : runUrl(run_id));
  const first = (page - 1) * REVIEW_PAGE + 1;
  const last = first + contacts.length - 1;
  return (
    <>
      <div className="ghl-review__tools">
        <div className="ghl-search">
          <Icon name="search" className="ghl-search__icon" />
          <input
            type="search"
            className="ghl-input"
            aria-label="Search these contacts"
            placeholder="Search these contacts…"
            maxLength={200}
            value={typed}
            onChange={(event) => onType(event.target.value)}
          />
        </div>
        {target && (
          <a className="ghl-button ghl-button--quiet" href={target} target="_top">
            List and export in Odoo
          </a>
        )}
      </div>
      <CandidateList contacts={contacts} stale={stale} />
      <nav className="ghl-pager" aria-label="Pages of contacts in question">
        <span className="ghl-pager__range">
          {contacts.length > 0 && `${format.number(first)}–${format.number(last)}`}
        </span>
        <div className="ghl-pager__buttons">
          <IconButton
            icon="previous"
            label="Previous page"
            disabled={page <= 1}
            onClick={() => onPage(page - 1)}
          />
          <IconButton
            icon="next"
            label="Next page"
            disabled={!review.has_more}
            onClick={() => onPage(page + 1)}
          />
        </div>
      </nav>
    </>
  );
}
