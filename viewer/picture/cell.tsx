/** A box of the picture: a variable of the machine, with what has changed of it. */
import { createContext } from 'preact'
import { useContext } from 'preact/hooks'
import type { State } from '../../model/state.js'
import { wordsFor } from '../../runs/fork-machine/words.js'
import { type Mark, SYMBOLS } from '../marks.js'
import type { Box } from './plan.js'

/** What all boxes of a picture need to know. */
export interface Scene {
  readonly state: State
  /** The state before the step; undefined at the beginning. */
  readonly before: State | undefined
  /** The variable that is followed. */
  readonly picked: string | null
  readonly pick: (key: string) => void
  /** Variables that the reason is about, where it is to be shown. */
  readonly subject: ReadonlySet<string>
  /** Is the picture narrow, with small letters? */
  readonly narrow?: boolean
}

export const SceneContext = createContext<Scene | null>(null)

export function useScene(): Scene {
  const scene = useContext(SceneContext)
  if (!scene) throw new Error('a box outside a picture')
  return scene
}

/** The smallest thing that can change: a number, a flag. */
export interface Bit {
  readonly text: string
  readonly mark?: Mark | null
  /** What stood here before the step, where both are values: `rw→ro` and no sign. */
  readonly was?: string
  /** `bad`: an error; `dim`: nothing there. */
  readonly tone?: 'bad' | 'dim' | 'strong'
  /** A content: drawn with a spot of its colour. */
  readonly content?: number
}

interface BitsProps {
  readonly bits: readonly Bit[]
  readonly x: number
  readonly y: number
  readonly left?: boolean
  /** The width there is: longer text is pressed together. Default: as wide as it is. */
  readonly room?: number
  readonly narrow?: boolean
}

/** The width of a character, as a part of the font size. */
const CHARACTER = 0.61

/** Bits in a row, in the middle of a box or from its left. */
export function Bits({ bits, x, y, left, room, narrow = false }: BitsProps) {
  const shown = bits.filter(({ text }) => text !== '')
  const size = shown.reduce((sum, bit) => sum + charactersOf(bit) + 1, -1)
  const isLong = room !== undefined && size * CHARACTER * (narrow ? 9 : 11) > room
  const pressed = isLong ? { textLength: room, lengthAdjust: 'spacingAndGlyphs' } : {}
  return (
    <text x={x} y={y} text-anchor={left ? 'start' : 'middle'} {...pressed}>
      {shown.map(({ text, mark, was, tone, content }, i) => (
        <tspan
          key={`${i} ${text}`}
          class={[mark && `mark ${mark}`, tone].filter(Boolean).join(' ') || undefined}
        >
          {i > 0 ? ' ' : ''}
          {content !== undefined && <tspan class={`spot v${content % 12}`}>●</tspan>}
          {mark && (was === undefined ? SYMBOLS[mark] : `${was}→`)}
          {text}
        </tspan>
      ))}
    </text>
  )
}

function charactersOf({ text, mark, was, content }: Bit): number {
  const sign = mark ? (was?.length ?? 0) + 1 : 0
  return text.length + sign + (content === undefined ? 0 : 1)
}

interface CellProps {
  readonly box: Box
  /** A field of each variable it shows. */
  readonly paths: readonly string[]
  readonly lines: readonly (readonly Bit[])[]
  /** More classes. */
  readonly kind?: string
}

/** A box for one variable, or for some that belong together. A click follows what has changed. */
export function Cell({ box, paths, lines, kind = '' }: CellProps) {
  const { state, before, picked, pick, subject, narrow } = useScene()
  const variables = paths.map(wordsFor).map(({ key, name, value }) => {
    const [now, old] = [value(state), before && value(before)]
    return { key, name: name(before ?? state, state), now, old: old === now ? undefined : old }
  })
  const changed = variables.find(({ old }) => old !== undefined)
  const shown = lines.filter((line) => line.some(({ text }) => text !== ''))
  const isMarked = changed || shown.some((line) => line.some(({ mark }) => mark))
  const isSubject = variables.some(({ key }) => subject.has(key))
  const classes = [
    'cell',
    kind,
    isMarked && 'marked',
    variables.some(({ key }) => key === picked) && 'picked',
    isSubject && 'subject',
  ]
  const { key } = changed ?? variables[0]
  const middle = box.y + box.height / 2
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the list of changes does the same by keyboard
    <g class={classes.filter(Boolean).join(' ')} data-key={key} onClick={() => pick(key)}>
      <title>
        {variables
          .map(({ name, now, old }) => `${name}: ${now}${old === undefined ? '' : ` (was ${old})`}`)
          .join('\n')}
      </title>
      <rect {...box} rx="4" />
      {shown.map((line, i) => (
        <Bits
          key={String(i)}
          bits={line}
          x={box.x + box.width / 2}
          y={middle + 4 + (i - (shown.length - 1) / 2) * 13}
          room={box.width - (isSubject ? 26 : 6)}
          narrow={narrow}
        />
      ))}
      {isSubject && (
        <text class="flaw" x={box.x + box.width - 3} y={box.y + 10} text-anchor="end">
          ✗
        </text>
      )}
    </g>
  )
}
