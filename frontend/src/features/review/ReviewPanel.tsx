import { useState } from "react";

import { cardError } from "../../api/client";
import { useDecide, useDeletionReview } from "../../api/review";
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

/** Who would be deleted, and what a person decides about it. */
export function ReviewPanel({ locationId, onClose }: ReviewPanelProps) {
  const [typed, setTyped] = useState("");
  const [page, setPage] = useState(1);
  const search = useDebounced(typed, SEARCH_DELAY_MS).trim();
  const { data, isFetching, refetch, ...query } = useDeletionReview(locationId, {
    page,
    search,
  });
  const decide = useDecide(locationId);
  const error = cardError(query.error);
  const reviewId = data?.review_id ?? null;
  const review = reviewId === null ? null : data;
  // What was decided on another list says nothing of this one.
  const mine = decide.variables?.reviewId === reviewId ? decide.variables : undefined;
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
      {review && reviewId !== null && (
        <>
          <ReviewHead review={review} />
          <Choices
            // A question that is being confirmed goes with the list that it is about.
            key={reviewId}
            review={review}
            pending={(decide.isPending && mine?.decision) || null}
            decided={(decide.isSuccess && mine?.decision) || null}
            error={decide.error}
            onDecide={(decision) => decide.mutate({ reviewId, decision })}
          />
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
