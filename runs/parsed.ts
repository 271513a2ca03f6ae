/** Reads what a file exports by a schema. The first mistake becomes one line. */
import * as v from 'valibot'

/** How mistakes are said. */
export interface Complaints {
  /** The export is nothing of the kind. */
  readonly whole: string
  /** A field that has no meaning. @param path the field's path within the schema. */
  readonly unknown: (field: string, path: string) => string
  readonly error: new (message: string) => Error
}

/**
 * @param prefix where the value stands, for messages: `change.forkFlush.`.
 * @throws the error of `complaints` for the first mistake.
 */
export function parsed<T extends v.GenericSchema>(
  schema: T,
  value: unknown,
  prefix: string,
  { whole, unknown, error: Raised }: Complaints,
): v.InferOutput<T> {
  const result = v.safeParse(schema, value, { abortEarly: true })
  if (result.success) return result.output
  const [issue] = result.issues
  const path = v.getDotPath(issue)
  if (path === null) throw new Raised(whole)
  const field = prefix + path
  if (issue.expected === 'never') throw new Raised(unknown(field, path))
  if (issue.received === 'undefined') throw new Raised(`${field} is missing`)
  throw new Raised(`${field}: ${issue.message}`)
}
