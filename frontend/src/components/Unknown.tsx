/** The place of a figure that is not known: never a zero. */
export function Unknown() {
  return (
    <>
      <span aria-hidden="true">—</span>
      <span className="ghl-visually-hidden">an unknown number</span>
    </>
  );
}
