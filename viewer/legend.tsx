/** What the signs and the short words of the pages mean. */
import { PICTURE, SIGNS } from './signs.js'

/** Below the picture: the marks of changes, and on demand everything else. */
export function Legend() {
  return (
    <div class="legend">
      <p>
        <span class="mark set">+ set</span>
        <span class="mark cleared">− cleared</span>
        <span class="mark changed">ro→rw before and after</span>
        <span class="about">✗ what the reason is about</span>
      </p>
      <details>
        <summary>all signs</summary>
        <SignList />
      </details>
    </div>
  )
}

export function SignList() {
  return (
    <dl class="signs">
      {[...SIGNS, ...PICTURE].map(([sign, means]) => (
        <div key={sign}>
          <dt>{sign}</dt>
          <dd>{means}</dd>
        </div>
      ))}
    </dl>
  )
}
