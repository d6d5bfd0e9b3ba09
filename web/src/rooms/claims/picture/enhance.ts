/** Contrast for a pale or shadowed photo: each channel stretched over the same range. Pure. */

const TAIL_SHARE = 0.01
const RANGE_MIN = 40

/** Which grey is black and which white from now on: all but one in a hundred lie between. */
export function range(rgba: Uint8ClampedArray): { low: number; high: number } {
  const counts = new Uint32Array(256)
  for (let at = 0; at < rgba.length; at += 4) {
    const value = ((rgba[at] ?? 0) * 77 + (rgba[at + 1] ?? 0) * 150 + (rgba[at + 2] ?? 0) * 29) >> 8
    counts[value] = (counts[value] ?? 0) + 1
  }
  const tail = (rgba.length / 4) * TAIL_SHARE
  const low = edge(counts, tail, 0, 1)
  const high = edge(counts, tail, 255, -1)
  return high - low < RANGE_MIN ? { low: 0, high: 255 } : { low, high }
}

function edge(counts: Uint32Array, tail: number, from: number, by: 1 | -1): number {
  let seen = 0
  for (let value = from; value >= 0 && value <= 255; value += by) {
    seen += counts[value] ?? 0
    if (seen > tail) return value
  }
  return 255 - from
}

/** Changes the pixels in place. */
export function enhance(rgba: Uint8ClampedArray): void {
  const { low, high } = range(rgba)
  const table = new Uint8ClampedArray(256)
  for (let value = 0; value < 256; value++) table[value] = ((value - low) * 255) / (high - low)
  for (let at = 0; at < rgba.length; at += 4)
    for (let channel = 0; channel < 3; channel++)
      rgba[at + channel] = table[rgba[at + channel] ?? 0] ?? 0
}
