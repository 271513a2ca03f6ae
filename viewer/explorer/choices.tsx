/** What can be done where one stands, and what cannot and why. */
import type { Blocked } from '../../story/blocked.js'
import type { Possible } from '../../story/exploration.js'
import type { Story } from '../../story/story.js'

interface ChoicesProps {
  readonly possible: readonly Possible[]
  readonly blocked: readonly Blocked[]
  /** The step that was taken from here, if any. */
  readonly taken: string | undefined
  readonly take: (label: string) => void
  /** Takes it, and goes on with its actor until the operation is done. */
  readonly finish: (label: string, actor: string) => void
  readonly actors: Story['actors']
}

export function Choices({ possible, blocked, taken, take, finish, actors }: ChoicesProps) {
  const lane = (name: string) =>
    Math.max(
      0,
      actors.findIndex((actor) => actor.name === name),
    ) % 6
  return (
    <div class="choices">
      <h2>Possible: {possible.length}</h2>
      {possible.length === 0 && <p class="nothing">No step is possible here.</p>}
      <ul>
        {possible.map(({ label, actor, source }) => (
          <li key={label}>
            <button type="button" class={`choice call a${lane(actor)}`} onClick={() => take(label)}>
              {label}
            </button>{' '}
            <button
              type="button"
              aria-label={`${label} and on`}
              title={`go on with ${actor} until its operation is done`}
              onClick={() => finish(label, actor)}
            >
              ⇥
            </button>
            {label === taken && <span class="taken"> ✓ taken here</span>}
            <span class="source"> {source}</span>
          </li>
        ))}
      </ul>
      <h2>Not possible where the actors are: {blocked.length}</h2>
      {[...new Set(blocked.map(({ actor }) => actor))].map((name) => (
        <BlockedSteps
          key={name}
          actor={name}
          steps={blocked.filter(({ actor }) => actor === name)}
        />
      ))}
    </div>
  )
}

/** The steps of one actor that are not possible: what stands in the way, in words. */
function BlockedSteps({ actor, steps }: { actor: string; steps: readonly Blocked[] }) {
  return (
    <details class="blocked-steps">
      <summary>
        {actor}: {steps.length}
      </summary>
      <ul>
        {grouped(steps).map(([{ label, because, found }, count]) => (
          <li key={`${label} ${because}`} class="blocked">
            <span class="call">
              ⊘ {label}
              {count > 1 && ` and ${count - 1} like it`}
            </span>
            <span class="guard">
              {found.length > 0
                ? found.map(({ name, value }) => `${name}: ${value}`).join('; ')
                : 'by its condition'}
            </span>
            <details class="source">
              <summary>the condition</summary>
              not so: <code>{because}</code>
            </details>
          </li>
        ))}
      </ul>
    </details>
  )
}

/** One for all that differ in their parameters only, with how many there are. */
function grouped(blocked: readonly Blocked[]): [Blocked, number][] {
  const groups = new Map<string, [Blocked, number]>()
  for (const one of blocked) {
    const key = `${one.label.replace(/\(.*/, '')} ${one.because}`
    const group = groups.get(key)
    groups.set(key, [group?.[0] ?? one, (group?.[1] ?? 0) + 1])
  }
  return [...groups.values()]
}
