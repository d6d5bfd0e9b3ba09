/** How good a picture is to read, and how alike two are: measured on small grey pictures. Pure. */

export interface Grey {
  width: number
  height: number
  data: Uint8ClampedArray
}

export type Hint = 'blurred' | 'dark' | 'bright' | 'small'

/** The longest side of the grey picture that is measured. */
export const MEASURED_PX = 640
/** An invoice photographed with fewer pixels on its long side cannot be read surely. */
export const SIDE_PX_MIN = 800
/** Below this, edges have no steps left: print dissolves. */
const SHARPNESS_MIN = 60
const DARK_MAX = 60
const BRIGHT_MIN = 245
const CONTRAST_MIN = 12
const LOOK_COLUMNS = 9
const LOOK_ROWS = 8
/** So many of 64 bits may differ between two pictures of one paper. */
const ALIKE_BITS_MAX = 6

export function greyOf(rgba: Uint8ClampedArray, width: number, height: number): Grey {
  const data = new Uint8ClampedArray(width * height)
  for (let at = 0; at < data.length; at++) {
    const from = at * 4
    const red = rgba[from] ?? 0
    const green = rgba[from + 1] ?? 0
    const blue = rgba[from + 2] ?? 0
    data[at] = (red * 77 + green * 150 + blue * 29) >> 8
  }
  return { width, height, data }
}

/** The variance of the Laplacian: how much edges there are. */
export function sharpness({ width, height, data }: Grey): number {
  let sum = 0
  let squares = 0
  let count = 0
  const at = (x: number, y: number): number => data[y * width + x] ?? 0
  for (let y = 1; y < height - 1; y++) {
    for (let x = 1; x < width - 1; x++) {
      const value = at(x - 1, y) + at(x + 1, y) + at(x, y - 1) + at(x, y + 1) - 4 * at(x, y)
      sum += value
      squares += value * value
      count++
    }
  }
  return count === 0 ? 0 : squares / count - (sum / count) ** 2
}

export function brightness({ data }: Grey): { mean: number; spread: number } {
  if (data.length === 0) return { mean: 0, spread: 0 }
  let sum = 0
  for (const value of data) sum += value
  const mean = sum / data.length
  let squares = 0
  for (const value of data) squares += (value - mean) ** 2
  return { mean, spread: Math.sqrt(squares / data.length) }
}

/** What to tell about a picture of which this is the small grey one. */
export function hintsFor(grey: Grey, width: number, height: number): Hint[] {
  const hints: Hint[] = []
  const { mean, spread } = brightness(grey)
  if (Math.max(width, height) < SIDE_PX_MIN) hints.push('small')
  if (mean < DARK_MAX) hints.push('dark')
  else if (mean > BRIGHT_MIN && spread < CONTRAST_MIN) hints.push('bright')
  if (sharpness(grey) < SHARPNESS_MIN) hints.push('blurred')
  return hints
}

/** A difference hash of 64 bits, as 16 hex digits: the same for the same picture made smaller. */
export function lookOf(grey: Grey): string {
  const cells = shrunk(grey, LOOK_COLUMNS, LOOK_ROWS)
  let hex = ''
  for (let y = 0; y < LOOK_ROWS; y++) {
    let byte = 0
    for (let x = 0; x < LOOK_COLUMNS - 1; x++) {
      const left = cells[y * LOOK_COLUMNS + x] ?? 0
      const right = cells[y * LOOK_COLUMNS + x + 1] ?? 0
      byte = (byte << 1) | (left > right ? 1 : 0)
    }
    hex += byte.toString(16).padStart(2, '0')
  }
  return hex
}

/** The mean of each cell of a grid laid over the picture. */
function shrunk({ width, height, data }: Grey, columns: number, rows: number): number[] {
  const cells: number[] = []
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const x0 = Math.floor((column * width) / columns)
      const x1 = Math.max(x0 + 1, Math.floor(((column + 1) * width) / columns))
      const y0 = Math.floor((row * height) / rows)
      const y1 = Math.max(y0 + 1, Math.floor(((row + 1) * height) / rows))
      let sum = 0
      for (let y = y0; y < y1; y++) for (let x = x0; x < x1; x++) sum += data[y * width + x] ?? 0
      cells.push(sum / ((x1 - x0) * (y1 - y0)))
    }
  }
  return cells
}

/** Whether two looks are of one picture. */
export function alike(one: string, other: string): boolean {
  if (one === '' || one.length !== other.length) return false
  let differing = 0
  for (let at = 0; at < one.length; at++) {
    let bits = parseInt(one.charAt(at), 16) ^ parseInt(other.charAt(at), 16)
    for (; bits > 0; bits >>= 1) differing += bits & 1
  }
  return differing <= ALIKE_BITS_MAX
}
