import { describe, expect, it } from 'vitest'
import {
  around,
  fit,
  fitWidth,
  kept,
  moved,
  nextTurn,
  onScreen,
  onTurned,
  revealing,
  transformOf,
  turned,
  zoomedAt,
  SCALE_MAX,
  type Turn,
} from './paperGeometry'

const PAGE = { width: 1000, height: 2000 }
const SCREEN = { width: 824, height: 624 }
const TURNS: Turn[] = [0, 90, 180, 270]

/** Where a CSS matrix puts a point. */
function put(transform: string, x: number, y: number): [number, number] {
  type Matrix = [number, number, number, number, number, number]
  const [a, b, c, d, e, f] = transform.slice(7, -1).split(',').map(Number) as Matrix
  return [a * x + c * y + e, b * x + d * y + f]
}

describe('a page on the screen', () => {
  it.each(TURNS)('fits whole and in the middle, turned by %i', (turn) => {
    const view = fit(PAGE, SCREEN, turn)
    const size = turned(PAGE, turn)
    expect(size.width * view.scale).toBeLessThanOrEqual(SCREEN.width)
    expect(size.height * view.scale).toBeLessThanOrEqual(SCREEN.height)
    expect(view.x * 2 + size.width * view.scale).toBeCloseTo(SCREEN.width)
  })

  it('fits by width from its top', () => {
    const view = fitWidth(PAGE, SCREEN, 0)
    expect(view.scale).toBeCloseTo(0.8)
    expect(view.y).toBe(12)
  })

  it('keeps what is under the cursor while zooming', () => {
    const view = fit(PAGE, SCREEN, 0)
    const at = { x: 400, y: 100 }
    const under = (at.x - view.x) / view.scale
    const zoomed = zoomedAt(view, at, 2, 0.1)
    expect((at.x - zoomed.x) / zoomed.scale).toBeCloseTo(under)
    expect(zoomed.scale).toBeCloseTo(view.scale * 2)
  })

  it('zooms no further than its limits', () => {
    const view = fit(PAGE, SCREEN, 0)
    expect(zoomedAt(view, { x: 0, y: 0 }, 1e9, 0.1).scale).toBe(SCALE_MAX)
    expect(zoomedAt(view, { x: 0, y: 0 }, 1e-9, 0.1).scale).toBe(0.1)
  })

  it('never leaves the screen altogether', () => {
    const view = moved(fit(PAGE, SCREEN, 0), { x: 1e6, y: -1e6 }, PAGE, SCREEN)
    expect(view.x).toBe(SCREEN.width - 48)
    expect(view.y).toBe(48 - PAGE.height * view.scale)
    expect(kept(view, PAGE, SCREEN)).toEqual(view)
  })

  it('turns both ways', () => {
    expect(nextTurn(270, 90)).toBe(0)
    expect(nextTurn(0, -90)).toBe(270)
  })
})

describe('a box', () => {
  const box = [0.1, 0.2, 0.4, 0.25] as const

  it.each(TURNS)('lies where the turned picture has it (%i)', (turn) => {
    const view = { ...fit(PAGE, SCREEN, turn), x: 17, y: -31 }
    const rect = onScreen(box, PAGE, view)
    const transform = transformOf(view, PAGE)
    const corners = [
      put(transform, box[0] * PAGE.width, box[1] * PAGE.height),
      put(transform, box[2] * PAGE.width, box[3] * PAGE.height),
    ]
    const xs = corners.map((corner) => corner[0])
    const ys = corners.map((corner) => corner[1])
    expect(rect.x).toBeCloseTo(Math.min(...xs), 0)
    expect(rect.y).toBeCloseTo(Math.min(...ys), 0)
    expect(rect.x + rect.width).toBeCloseTo(Math.max(...xs), 0)
    expect(rect.y + rect.height).toBeCloseTo(Math.max(...ys), 0)
  })

  it('comes into view, readable, and stays where it is when it is', () => {
    const view = revealing(fit(PAGE, SCREEN, 0), [0.1, 0.9, 0.3, 0.91], PAGE, SCREEN)
    const rect = onScreen([0.1, 0.9, 0.3, 0.91], PAGE, view)
    expect(rect.height).toBeGreaterThan(14)
    expect(rect.y).toBeGreaterThan(0)
    expect(rect.y + rect.height).toBeLessThan(SCREEN.height)
    expect(revealing(view, [0.1, 0.9, 0.3, 0.91], PAGE, SCREEN)).toBe(view)
  })

  it('that is larger than the screen is shown smaller', () => {
    const view = { scale: 3, x: 0, y: 0, turn: 0 as Turn }
    const rect = onScreen([0, 0, 1, 1], PAGE, revealing(view, [0, 0, 1, 1], PAGE, SCREEN))
    expect(rect.width).toBeLessThanOrEqual(SCREEN.width)
  })

  it('is cut out with some of what is around it, within the page', () => {
    const crop = around([0.95, 0.99, 1, 1], PAGE, 3)
    expect(crop[2]).toBeLessThanOrEqual(1)
    expect(crop[3]).toBeLessThanOrEqual(1)
    expect(crop[0]).toBeGreaterThanOrEqual(0)
    const wide = (crop[2] - crop[0]) * PAGE.width
    expect(wide / ((crop[3] - crop[1]) * PAGE.height)).toBeGreaterThanOrEqual(2.9)
  })

  it('turned twice by 180 is itself', () => {
    const half = onTurned(box, PAGE, 180)
    expect(half.x).toBeCloseTo(600)
    expect(half.y).toBeCloseTo(1500)
  })
})
