import * as z from "zod/mini";

// The mirror holds whatever people typed into GoHighLevel. A field of an unexpected type
// is shown as missing; it must never take the page down with it.
export const text = z.catch(z.nullable(z.string()), null);
export const flag = z.catch(z.boolean(), false);
export const texts = z.catch(z.array(z.string()), []);
export const counter = z.catch(z.number(), 0);
export const figure = z.catch(z.nullable(z.number()), null);
