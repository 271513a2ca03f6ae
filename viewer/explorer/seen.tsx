/** What has been seen of the model in this session: rules that were taken, situations that were met. */
import { useRef } from 'preact/hooks'
import type { Exploration, Explored } from '../../story/exploration.js'

/** Of one setup. */
interface Found {
  readonly of: Exploration
  readonly rules: Set<string>
  readonly situations: Set<string>
}

/** Remembers what the runs of a setup have shown. */
export function useSeen(exploration: Exploration, run: Explored): Found {
  const found = useRef<Found | null>(null)
  if (found.current?.of !== exploration)
    found.current = { of: exploration, rules: new Set(), situations: new Set() }
  const { rules, situations } = found.current
  for (const { label } of run.story.steps) rules.add(exploration.ruleOf(label))
  for (const { name, kind, spans } of run.truths)
    if (kind === 'sometimes' && spans.some(({ holds }) => holds)) situations.add(name)
  return found.current
}

export function Seen({ of: exploration, rules, situations }: Found) {
  const allRules = exploration.model.rules.map(({ name }) => name)
  const wanted = exploration.setup.scenario.reaches ?? []
  return (
    <div class="seen">
      <p>
        Since this scenario was opened, {rules.size} of {allRules.length} rules were taken and{' '}
        {situations.size} situations were met.
      </p>
      {wanted.length > 0 && (
        <>
          <h2>Situations that this scenario must reach</h2>
          <ul>
            {wanted.map((name) => (
              <li key={name}>
                {situations.has(name) ? '✓' : '–'} {name}
              </li>
            ))}
          </ul>
        </>
      )}
      <Names title="Rules taken" names={[...rules].sort()} />
      <Names title="Rules not taken" names={allRules.filter((name) => !rules.has(name)).sort()} />
      <Names title="Situations met" names={[...situations].sort()} />
    </div>
  )
}

function Names({ title, names }: { title: string; names: readonly string[] }) {
  return (
    <details>
      <summary>
        {title}: {names.length}
      </summary>
      <p class="source">{names.join(', ')}</p>
    </details>
  )
}
