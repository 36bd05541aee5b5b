import * as z from "zod/mini";

// The mirror holds whatever people typed into GoHighLevel. A field of an unexpected type
// is shown as missing; it must never take the page down with it.
export const text = z.catch(z.nullable(z.string()), null);
export const flag = z.catch(z.boolean(), false);
export const texts = z.catch(z.array(z.string()), []);
export const counter = z.catch(z.number(), 0);
export const figure = z.catch(z.nullable(z.number()), null);

/** A list of what parses; an entry of another shape is left out, not the whole list. */
export function list<T extends z.ZodMiniType>(entry: T) {
  return z._default(
    z.catch(
      z.pipe(
        z.array(z.unknown()),
        z.transform((items) =>
          items.flatMap((item) => {
            const parsed = entry.safeParse(item);
            return parsed.success ? [parsed.data] : [];
          }),
        ),
      ),
      [],
    ),
    [],
  );
}
