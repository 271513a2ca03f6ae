/** The picture that a subject of the user's own brings: what its function returns is looked at. */
import * as v from 'valibot'
import type { Drawing, Picture } from '../drawing.js'
import type { AnyState, Setup } from '../subject.js'
import { type OwnScenario, type OwnSubject, SubjectError } from './declaration.js'

const length = v.pipe(v.number('must be a number'), v.finite('must be finite'))
const size = v.pipe(length, v.minValue(0, 'must not be negative'))
const text = v.string('must be a text')
const point = v.tuple([length, length], 'must be [x, y]')
const tone = v.optional(v.picklist(['plain', 'bad', 'strong', 'dim'], 'must be a tone'))

const shape = v.variant(
  'kind',
  [
    v.strictObject({
      kind: v.literal('box'),
      x: length,
      y: length,
      width: size,
      height: size,
      text: v.optional(v.union([text, v.array(text)], 'must be a text or a list of texts')),
      tone,
      of: v.optional(text),
    }),
    v.strictObject({ kind: v.literal('text'), x: length, y: length, text, tone }),
    v.strictObject({ kind: v.literal('arrow'), from: point, to: point, tone }),
  ],
  'must be box, text or arrow',
)
const drawing = v.strictObject({
  width: size,
  height: size,
  shapes: v.array(shape, 'must be a list of shapes'),
})

/**
 * A state as the subject draws it.
 * @param before the state before the last step; null at the beginning.
 * @throws SubjectError when the function fails, or what it returns is no drawing and no SVG.
 */
export function drawn(
  picture: NonNullable<OwnSubject['picture']>,
  state: AnyState,
  { scenario, system }: Setup,
  before: AnyState | null,
): Picture {
  let made: unknown
  try {
    made = picture(state, { scenario: scenario as OwnScenario, system: system.name, before })
  } catch (error) {
    throw new SubjectError(`picture: failed: ${(error as Error)?.message ?? error}`)
  }
  if (typeof made === 'string') {
    if (/^\s*(<\?xml[^>]*>\s*)?<svg[\s>]/.test(made)) return made
    throw new SubjectError('picture: its text is no SVG: it must begin with <svg')
  }
  const result = v.safeParse(drawing, made, { abortEarly: true })
  if (result.success) return result.output as Drawing
  const [issue] = result.issues
  const path = v.getDotPath(issue)
  const what = path === null ? 'it' : path
  if (issue.expected === 'never') throw new SubjectError(`picture: ${what} is not a field here`)
  if (issue.received === 'undefined')
    throw new SubjectError(
      path === null
        ? 'picture: returned nothing: a drawing or SVG text'
        : `picture: ${what} is missing`,
    )
  throw new SubjectError(`picture: ${what} ${issue.message}`)
}
