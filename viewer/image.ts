/** Saving a picture of the page as a file of its own. */

/** Pixels that a browser can draw on in one direction. */
const LARGEST = 16_000

/** The picture with all that styles it, so that it looks the same anywhere. */
function svgText(picture: SVGSVGElement): string {
  const copy = picture.cloneNode(true) as SVGSVGElement
  const style = document.createElementNS('http://www.w3.org/2000/svg', 'style')
  const rules = [...document.styleSheets].flatMap((sheet) => [...sheet.cssRules])
  style.textContent = rules.map((rule) => rule.cssText).join('\n')
  copy.prepend(style)
  copy.dataset.theme = themeNow()
  copy.classList.add('alone')
  return new XMLSerializer().serializeToString(copy)
}

/** The theme in sight: the one that was chosen, or else the system's. */
export function themeNow(): 'dark' | 'light' {
  const chosen = document.documentElement.dataset.theme
  if (chosen === 'dark' || chosen === 'light') return chosen
  return matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light'
}

export function saveSvg(picture: SVGSVGElement, name: string): void {
  save(new Blob([svgText(picture)], { type: 'image/svg+xml' }), `${name}.svg`)
}

/** @returns when the file has been handed over. @throws Error when the browser cannot draw it. */
export async function savePng(picture: SVGSVGElement, name: string): Promise<void> {
  const image = new Image()
  image.src = `data:image/svg+xml,${encodeURIComponent(svgText(picture))}`
  await image.decode()
  const canvas = document.createElement('canvas')
  const { width, height } = picture.getBoundingClientRect()
  const scale = Math.min(2, LARGEST / Math.max(width, height))
  canvas.width = width * scale
  canvas.height = height * scale
  canvas.getContext('2d')?.drawImage(image, 0, 0, canvas.width, canvas.height)
  const blob = await new Promise<Blob | null>((done) => canvas.toBlob(done, 'image/png'))
  if (!blob) throw new Error('this browser cannot save the picture')
  save(blob, `${name}.png`)
}

export function save(blob: Blob, name: string): void {
  const link = document.createElement('a')
  link.href = URL.createObjectURL(blob)
  link.download = name
  link.click()
  URL.revokeObjectURL(link.href)
}
