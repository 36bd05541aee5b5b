import * as z from "zod/mini";

const configSchema = z.object({
  lang: z._default(z.nullable(z.string()), "en_US"),
  tz: z._default(z.nullable(z.string()), null),
  apiBase: z._default(z.string(), "/api"),
  user: z._default(z.object({ name: z.nullish(z.string()), canSync: z._default(z.boolean(), false) }), {
    name: null,
    canSync: false,
  }),
  initialLocationId: z._default(z.nullable(z.string()), null),
  version: z._default(z.string(), ""),
  pageUrl: z._default(z.string(), "/ghl/analytics"),
});

/** What the host page tells the page about its user and its place. */
export type PageConfig = z.infer<typeof configSchema>;

/** Fills in what the host left out; a broken host page still gets a page. */
export function parseConfig(input: unknown): PageConfig {
  const parsed = configSchema.safeParse(input ?? {});
  return parsed.success ? parsed.data : configSchema.parse({});
}
