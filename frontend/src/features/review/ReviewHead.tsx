import type { DeletionReview } from "../../api/review";
import { useFormat } from "../../lib/FormatContext";
import { localMoments } from "../../lib/time/moments";
import { plural } from "../../lib/text";

/** How many are in question, and what the brake is that asks about them. */
export function ReviewHead({ review }: { readonly review: DeletionReview }) {
  const format = useFormat();
  const { count, mirrored, share, limit } = review;
  const brake =
    `GoHighLevel does not show ${plural(count, "this contact", "these contacts")} any more. ` +
    (limit === null
      ? "So many are not deleted without asking a person."
      : `More than ${format.percent(limit)} are not deleted without asking a person.`);
  return (
    <div className="ghl-review__head">
      <p className="ghl-review__count">
        <strong>{format.number(count)}</strong>
        {mirrored !== null && ` of ${format.number(mirrored)} mirrored contacts`}
        {review.decision ? " were in question" : " would be deleted"}
        {share === null ? "" : ` (${format.percent(share)})`}.
      </p>
      {!review.decision && (
        <p className="ghl-coverage__words">
          {review.message ? localMoments(review.message, format) : brake} Nothing is
          deleted until somebody accepts.
        </p>
      )}
    </div>
  );
}
