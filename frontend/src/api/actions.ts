import * as z from "zod/mini";

import { list, text } from "./fields";

const actionSchema = z.object({
  code: z.string(),
  label: z.string(),
  kind: z.enum(["api", "link"]),
  method: z._default(text, null),
  path: z._default(text, null),
  body: z._default(z.catch(z.nullable(z.record(z.string(), z.unknown())), null), null),
  url: z._default(text, null),
  allowed: z._default(z.catch(z.boolean(), true), true),
  ask: z._default(text, null),
});

/** The actions of a message; one that this page does not understand is left out. */
export const actions = list(actionSchema);
