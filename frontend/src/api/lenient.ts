import * as z from "zod/mini";

type Schema = z.ZodMiniType;

/** A list of what parses; an entry of another shape is left out, not the whole list. */
function list(entry: Schema): Schema {
  return z.pipe(
    z.array(z.unknown()),
    z.transform((items) =>
      items.flatMap((item) => {
        const parsed = entry.safeParse(item);
        return parsed.success ? [parsed.data] : [];
      }),
    ),
  );
}

/** What stands for a value that is missing or odd; undefined: nothing can. */
function blank(schema: Schema): unknown {
  if (schema instanceof z.ZodMiniNullable) return null;
  if (schema instanceof z.ZodMiniBoolean) return false;
  if (schema instanceof z.ZodMiniNumber) return 0;
  if (schema instanceof z.ZodMiniArray) return [];
  if (schema instanceof z.ZodMiniRecord) return {};
  if (schema instanceof z.ZodMiniObject) return loosen(schema).safeParse({}).data;
  return undefined;
}

function loosenField(field: Schema): Schema {
  const value = blank(field);
  const loose = loosen(field);
  return value === undefined ? loose : z._default(z.catch(loose, value), value);
}

function loosen(schema: Schema): Schema {
  if (schema instanceof z.ZodMiniObject) {
    const fields = Object.entries(schema.shape as Record<string, Schema>);
    return z.object(Object.fromEntries(fields.map(([key, field]) => [key, loosenField(field)])));
  }
  if (schema instanceof z.ZodMiniArray) return list(loosen(schema.def.element as Schema));
  if (schema instanceof z.ZodMiniNullable) return z.nullable(loosen(schema.def.innerType as Schema));
  // Without bounds and formats: whoever imported contacts has dated some in the year 0.
  if (schema instanceof z.ZodMiniString) return z.string();
  if (schema instanceof z.ZodMiniNumber) return z.number();
  return schema;
}

/**
 * The schema of an answer, for data that people typed into GoHighLevel: a field that does
 * not fit is shown as missing, and never takes the page down with it. What nothing can
 * stand for (an id, a state) is still insisted on.
 */
export function lenient<T extends Schema>(schema: T): z.ZodMiniType<z.output<T>> {
  return loosen(schema) as z.ZodMiniType<z.output<T>>;
}
