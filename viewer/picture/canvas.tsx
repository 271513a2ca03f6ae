/** The frame of a picture of a state. */
import type { ComponentChildren } from 'preact'

interface CanvasProps {
  /** Both in pixels. */
  readonly width: number
  readonly height: number
  readonly title: string
  readonly children: ComponentChildren
}

/** A drawing with a name. It scrolls sideways where there is no room for it. */
export function Canvas({ width, height, title, children }: CanvasProps) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
    <section class="picture" tabIndex={0} aria-label={`${title}: scrolls sideways`}>
      <svg
        xmlns="http://www.w3.org/2000/svg"
        class="machine"
        width={width}
        height={height}
        viewBox={`0 0 ${width} ${height}`}
        role="img"
        aria-label={title}
      >
        {children}
      </svg>
    </section>
  )
}
