/** Where a page lies on the screen: zoomed, moved, turned. Pure. */
import type { Box } from './papers'

export type Turn = 0 | 90 | 180 | 270

export interface Size {
  width: number
  height: number
}

export interface Point {
  x: number
  y: number
}

export interface Rect extends Point, Size {}

/**
 * A page on the screen. `scale`: pixels of the screen for one of the page. `x`, `y`: where the left
 * upper corner of the turned page is.
 */
export interface View extends Point {
  scale: number
  turn: Turn
}

export const SCALE_MAX = 8
const FIT_MARGIN = 12
const SEEN_MIN = 48
const READABLE_MIN = 15
const READABLE = 26
/** Of the page, above and below what is cut out of it. */
const PAD_MIN = 0.012
const PAD_MAX = 0.02

/** The page's size after turning. */
export function turned(page: Size, turn: Turn): Size {
  return turn === 90 || turn === 270 ? { width: page.height, height: page.width } : page
}

export const nextTurn = (turn: Turn, step: 90 | -90): Turn => ((turn + step + 360) % 360) as Turn

/** The view that shows the whole page, in the middle. */
export function fit(page: Size, screen: Size, turn: Turn): View {
  const size = turned(page, turn)
  const room = (side: number): number => Math.max(1, side - 2 * FIT_MARGIN)
  const scale = Math.min(room(screen.width) / size.width, room(screen.height) / size.height, 2)
  return centred(size, screen, turn, scale)
}

/** The view that shows the page at the full width of the screen, from its top. */
export function fitWidth(page: Size, screen: Size, turn: Turn): View {
  const size = turned(page, turn)
  const scale = Math.max(1, screen.width - 2 * FIT_MARGIN) / size.width
  const view = centred(size, screen, turn, scale)
  return size.height * scale > screen.height ? { ...view, y: FIT_MARGIN } : view
}

const centred = (size: Size, screen: Size, turn: Turn, scale: number): View => ({
  scale,
  turn,
  x: (screen.width - size.width * scale) / 2,
  y: (screen.height - size.height * scale) / 2,
})

/** Zoomed by a factor; what lies under `at` stays there. */
export function zoomedAt(view: View, at: Point, factor: number, scaleMin: number): View {
  const scale = clamp(view.scale * factor, Math.min(scaleMin, SCALE_MAX), SCALE_MAX)
  const by = scale / view.scale
  return { ...view, scale, x: at.x - (at.x - view.x) * by, y: at.y - (at.y - view.y) * by }
}

/** Moved by so much, some of the page staying on the screen. */
export function moved(view: View, by: Point, page: Size, screen: Size): View {
  return kept({ ...view, x: view.x + by.x, y: view.y + by.y }, page, screen)
}

/** The view, moved back so far that some of the page is on the screen. */
export function kept(view: View, page: Size, screen: Size): View {
  const size = turned(page, view.turn)
  const bound = (at: number, side: number, room: number): number =>
    clamp(at, Math.min(SEEN_MIN, room) - side * view.scale, room - Math.min(SEEN_MIN, room))
  return {
    ...view,
    x: bound(view.x, size.width, screen.width),
    y: bound(view.y, size.height, screen.height),
  }
}

/** The box on the turned page, in the page's pixels. */
export function onTurned(box: Box, page: Size, turn: Turn): Rect {
  const [left, top, right, bottom] = box
  const width = (right - left) * page.width
  const height = (bottom - top) * page.height
  const across = { width: height, height: width }
  if (turn === 90) return { x: (1 - bottom) * page.height, y: left * page.width, ...across }
  if (turn === 180)
    return { x: (1 - right) * page.width, y: (1 - bottom) * page.height, width, height }
  if (turn === 270) return { x: top * page.height, y: (1 - right) * page.width, ...across }
  return { x: left * page.width, y: top * page.height, width, height }
}

/** The box on the screen. */
export function onScreen(box: Box, page: Size, view: View): Rect {
  const rect = onTurned(box, page, view.turn)
  return {
    x: view.x + rect.x * view.scale,
    y: view.y + rect.y * view.scale,
    width: rect.width * view.scale,
    height: rect.height * view.scale,
  }
}

/** The view, changed as little as lets somebody read what is in the box. */
export function revealing(view: View, box: Box, page: Size, screen: Size): View {
  const seen = onScreen(box, page, view)
  const margin = FIT_MARGIN
  const inside =
    seen.x >= margin &&
    seen.y >= margin &&
    seen.x + seen.width <= screen.width - margin &&
    seen.y + seen.height <= screen.height - margin
  const line = Math.min(seen.width, seen.height)
  if (inside && line >= READABLE_MIN) return view
  const widest = (0.8 * screen.width) / Math.max(1, seen.width)
  const highest = (0.7 * screen.height) / Math.max(1, seen.height)
  const wished = line < READABLE_MIN ? READABLE / Math.max(1, line) : 1
  const scale = clamp(view.scale * Math.min(wished, widest, highest), 0.02, SCALE_MAX / 2)
  const rect = onTurned(box, page, view.turn)
  return kept(
    {
      ...view,
      scale,
      x: screen.width / 2 - (rect.x + rect.width / 2) * scale,
      y: screen.height / 2 - (rect.y + rect.height / 2) * scale,
    },
    page,
    screen,
  )
}

/** The CSS transform that puts an upright page of that size there. */
export function transformOf(view: View, page: Size): string {
  const { scale, turn } = view
  const size = turned(page, turn)
  const [a, b, c, d] = {
    0: [1, 0, 0, 1],
    90: [0, 1, -1, 0],
    180: [-1, 0, 0, -1],
    270: [0, -1, 1, 0],
  }[turn] as [number, number, number, number]
  const e = view.x + (turn === 90 || turn === 180 ? size.width * scale : 0)
  const f = view.y + (turn === 180 || turn === 270 ? size.height * scale : 0)
  return `matrix(${[a * scale, b * scale, c * scale, d * scale, e, f].map(short).join(', ')})`
}

/** The part of a page to show around a box: the box with some of what is around it. */
export function around(box: Box, page: Size, ratioMin: number): Box {
  const [left, top, right, bottom] = box
  const high = (bottom - top) * page.height
  const wide = (right - left) * page.width
  // What is high has enough of its own: more of the page would only make it smaller.
  const padY = clamp(0.6 * high, PAD_MIN * page.height, PAD_MAX * page.height)
  const height = high + 2 * padY
  const width = Math.max(wide + 2 * padY, height * ratioMin)
  const spanX = Math.min(1, width / page.width)
  const spanY = Math.min(1, height / page.height)
  const x = clamp((left + right) / 2 - spanX / 2, 0, 1 - spanX)
  const y = clamp((top + bottom) / 2 - spanY / 2, 0, 1 - spanY)
  return [x, y, x + spanX, y + spanY]
}

const short = (value: number): number => Math.round(value * 10_000) / 10_000

const clamp = (value: number, low: number, high: number): number =>
  Math.min(Math.max(value, low), Math.max(low, high))
