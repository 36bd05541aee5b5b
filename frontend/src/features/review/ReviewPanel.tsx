import { useState } from "react";

import { cardError } from "../../api/client";
import { useDecide, useDeletionReview, type DeletionReview } from "../../api/review";
import { Button } from "../../components/Button";
import { Drawer } from "../../components/overlays/Drawer";
import { Empty } from "../../components/Empty";
import { Problem } from "../../components/Problem";
import { Skeleton } from "../../components/Skeleton";
import { useDebounced } from "../../lib/useDebounced";
import { Choices } from "./Choices";
import { ReviewHead } from "./ReviewHead";
import { ReviewList } from "./ReviewList";

interface ReviewPanelProps {
  readonly locationId: string;
  readonly onClose: () => void;
}

const SEARCH_DELAY_MS = 300;

interface DecidingProps {
  readonly locationId: string;
  readonly review: DeletionReview;
}

/** The choices for the list that is shown; what was decided on another is not about it. */
function Deciding({ locationId, review }: DecidingProps) {
  const { variables, isPending, isSuccess, error, mutate } = useDecide(locationId);
  const reviewId = review.review_id;
  const mine = variables?.reviewId === reviewId ? variables.decision : null;
  return (
    <Choices
      // A question that is being confirmed goes with the list that it is about.
      key={reviewId}
      review={review}
      pending={isPending ? mine : null}
      decided={isSuccess ? mine : null}
      error={error}
      onDecide={(decision) => reviewId !== null && mutate({ reviewId, decision })}
    />
  );
}

/** Who would be deleted, and what a person decides about it. */
export function ReviewPanel({ locationId, onClose }: ReviewPanelProps) {
  const [typed, setTyped] = useState("");
  const [page, setPage] = useState(1);
  const search = useDebounced(typed, SEARCH_DELAY_MS).trim();
  const { data, isFetching, refetch, ...query } = useDeletionReview(locationId, {
    page,
    search,
  });
  const error = cardError(query.error);
  const review = data?.review_id == null ? null : data;
  return (
    <Drawer label="Review deletions" onClose={onClose} wide>
      <h2 className="ghl-drawer__title ghl-review__title">Review deletions</h2>
      {error && (
        <Problem
          title="The list could not be read"
          error={error}
          busy={isFetching}
          onRetry={() => void refetch()}
        />
      )}
      {!data && !error && <Skeleton lines={8} label="Loading the contacts in question" />}
      {data && !review && (
        <Empty title="Nothing to review">No sync asks whether it may delete contacts.</Empty>
      )}
      {review && (
        <>
          <ReviewHead review={review} />
          <Deciding locationId={locationId} review={review} />
          <ReviewList
            review={review}
            page={page}
            typed={typed}
            stale={isFetching}
            onPage={setPage}
            onType={(text) => {
              setTyped(text);
              setPage(1);
            }}
          />
        </>
      )}
      <div className="ghl-review__foot">
        <Button onClick={onClose}>Close</Button>
      </div>
    </Drawer>
  );
}
