/** A picture that was drawn as SVG text, and saving it. */
import type { TargetedMouseEvent } from 'preact'
import { useRef, useState } from 'preact/hooks'
import { savePng, saveSvg } from './image.js'

interface DrawingProps {
  /** From story/: every name in it stands there as text. */
  readonly svg: string
  /** What it shows, for those who cannot see it. */
  readonly title: string
  /** What the file is called that it is saved in. */
  readonly name: string
  readonly onClick?: (event: TargetedMouseEvent<HTMLElement>) => void
}

export function Drawing({ svg, title, name, onClick }: DrawingProps) {
  const [isLarge, setLarge] = useState(false)
  const frame = useRef<HTMLDivElement>(null)
  const save = (how: (picture: SVGSVGElement, name: string) => unknown) => () => {
    const picture = frame.current?.querySelector('svg')
    if (picture) how(picture, name)
  }
  return (
    <figure
      class={isLarge ? 'drawing large' : 'drawing'}
      onKeyDown={({ key }) => key === 'Escape' && setLarge(false)}
    >
      <figcaption>
        <span class="group">
          <button
            type="button"
            aria-pressed={isLarge}
            aria-label={`${name} as large as the page`}
            onClick={() => setLarge(!isLarge)}
          >
            ⤢ large
          </button>
          <button type="button" onClick={save(saveSvg)} aria-label={`save ${name} as SVG`}>
            ⤓ SVG
          </button>
          <button type="button" onClick={save(savePng)} aria-label={`save ${name} as PNG`}>
            ⤓ PNG
          </button>
        </span>
      </figcaption>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
      <section class="drawn" tabIndex={0} aria-label={`${title}, scrolls`}>
        {/* biome-ignore lint/a11y/useKeyWithClickEvents: the arrow keys move along the list of steps */}
        {/* biome-ignore lint/a11y/noStaticElementInteractions: likewise */}
        <div ref={frame} onClick={onClick} dangerouslySetInnerHTML={{ __html: svg }} />
      </section>
    </figure>
  )
}
