/** The frame of a picture of a state. */
import { type ComponentChildren, createContext, type Ref } from 'preact'
import { useContext } from 'preact/hooks'

/** The colours and styles of a picture that is a file of its own; null: it is on a page. */
export const AloneContext = createContext<string | null>(null)

interface CanvasProps {
  /** Both in pixels. */
  readonly width: number
  readonly height: number
  readonly title: string
  /** Are its letters small? */
  readonly narrow?: boolean
  readonly section?: Ref<HTMLElement>
  readonly children: ComponentChildren
}

/** A drawing with a name. On a page it scrolls sideways where there is no room for it. */
export function Canvas({ width, height, title, narrow, section, children }: CanvasProps) {
  const style = useContext(AloneContext)
  const classes = ['machine', narrow && 'narrow', style !== null && 'alone']
  const drawing = (
    <svg
      xmlns="http://www.w3.org/2000/svg"
      class={classes.filter(Boolean).join(' ')}
      width={width}
      height={height}
      viewBox={`0 0 ${width} ${height}`}
      role="img"
      aria-label={title}
    >
      {style !== null && <style>{style}</style>}
      {children}
    </svg>
  )
  if (style !== null) return drawing
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
    <section class="picture" ref={section} tabIndex={0} aria-label={`${title}: scrolls sideways`}>
      {drawing}
    </section>
  )
}
