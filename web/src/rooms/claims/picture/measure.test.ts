import { describe, expect, it } from 'vitest'
import { alike, greyOf, hintsFor, lookOf, sharpness, type Grey } from './measure'

function drawn(width: number, height: number, value: (x: number, y: number) => number): Grey {
  const data = new Uint8ClampedArray(width * height)
  for (let y = 0; y < height; y++) for (let x = 0; x < width; x++) data[y * width + x] = value(x, y)
  return { width, height, data }
}
const print = (x: number, y: number): number =>
  (Math.floor(x / 3) + Math.floor(y / 4)) % 3 === 0 ? 20 : 230

describe('hints', () => {
  it('say nothing of a sharp, well lit picture', () => {
    expect(hintsFor(drawn(200, 120, print), 2000, 1200)).toEqual([])
  })

  it('tell a blurred one', () => {
    const soft = drawn(200, 120, (x, y) => 128 + 80 * Math.sin(x / 30) * Math.cos(y / 30))
    expect(hintsFor(soft, 2000, 1200)).toEqual(['blurred'])
    expect(sharpness(soft)).toBeLessThan(sharpness(drawn(200, 120, print)))
  })

  it('tell a dark, a blank and a small one', () => {
    expect(
      hintsFor(
        drawn(200, 120, (x, y) => print(x, y) / 5),
        2000,
        1200,
      ),
    ).toContain('dark')
    expect(
      hintsFor(
        drawn(200, 120, () => 252),
        2000,
        1200,
      ),
    ).toContain('bright')
    expect(hintsFor(drawn(200, 120, print), 600, 400)).toEqual(['small'])
  })

  it('survive a picture without pixels', () => {
    expect(
      hintsFor(
        drawn(0, 0, () => 0),
        0,
        0,
      ),
    ).toContain('small')
  })
})

describe('looks', () => {
  const scene = (scale: number): Grey =>
    drawn(
      90 * scale,
      80 * scale,
      (x, y) => 128 + 100 * Math.sin(x / scale / 9) * Math.sin(y / scale / 13),
    )
  it('are alike for one picture in two sizes, and unlike for two', () => {
    expect(alike(lookOf(scene(1)), lookOf(scene(3)))).toBe(true)
    const other = drawn(90, 80, (x, y) => (x * 7 + y * 3) % 256)
    expect(alike(lookOf(scene(1)), lookOf(other))).toBe(false)
    expect(alike('', '')).toBe(false)
  })

  it('weigh colours as eyes do', () => {
    expect(greyOf(new Uint8ClampedArray([255, 255, 255, 255, 0, 0, 0, 255]), 2, 1).data).toEqual(
      new Uint8ClampedArray([255, 0]),
    )
  })
})
