/** Light or dark, as one likes. */
import { useState } from 'preact/hooks'
import { themeNow } from './image.js'

export function ThemeControl() {
  const [theme, setTheme] = useState(themeNow)
  const other = theme === 'dark' ? 'light' : 'dark'
  const turn = () => {
    document.documentElement.dataset.theme = other
    setTheme(other)
  }
  return (
    <button type="button" onClick={turn} title={`show it ${other}`}>
      ◐ {other}
    </button>
  )
}
