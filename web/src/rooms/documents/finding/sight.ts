/** What of a hit is shown of its page: of a large piece the part that matters, to be read. Pure. */
import type { Box } from '@/ui/papers'
import type { Hit } from '../api'

/** More of a page than this is no longer to be read in the small. */
const WIDTH_MAX = 0.64
const HEIGHT_MAX = 0.12
/** Of the page, behind what was found. */
const AFTER = 0.02

export interface Sight {
  /** What is cut out. */
  box: Box
  /** What is marked in it; undefined: the piece itself. */
  marks: readonly Box[] | undefined
  /** Where a press leads to: the places that were found, else the piece. */
  place: Box
}

type Found = Pick<Hit, 'box' | 'marks' | 'sort'>
/** Of the page, before the values of fields: what they are called. */
const LABEL = 0.12

/** Of a piece that is small enough all of it; else around the places in it that were found, where
 * most of them stand together; where there are none how it begins. */
export function sightOf({ box, marks, sort }: Found): Sight {
  const [value, top, right, bottom] = box
  const left = sort === 'fields' ? Math.max(0, value - LABEL) : value
  const high = bottom - top > HEIGHT_MAX
  const all = marks.map((mark) => mark.box)
  if (marks.length === 0) {
    const begins: Box = [left, top, right, Math.min(bottom, top + HEIGHT_MAX)]
    return { box: begins, marks: high ? [] : undefined, place: box }
  }
  if (!high && right - value <= WIDTH_MAX) return { box, marks: all, place: box }
  const near = beside(beside(marks, down, HEIGHT_MAX), across, WIDTH_MAX)
  const tight = around(near.map((mark) => mark.box))
  const [x0, x1] = fromLeft(tight[0], tight[2], left, right)
  const [y0, y1] = inMiddle(tight[1], tight[3], top, bottom)
  return { box: [x0, y0, x1, y1], marks: all, place: high ? tight : box }
}

type Stretch = (box: Box) => { from: number; to: number }
const across: Stretch = (box) => ({ from: box[0], to: box[2] })
const down: Stretch = (box) => ({ from: box[1], to: box[3] })

/** Those that stand within so much of the page, across or down: where most letters were found, of
 * equal ones the first. */
function beside(marks: Hit['marks'], along: Stretch, span: number): Hit['marks'] {
  const within = marks.map((first) => {
    const { from } = along(first.box)
    return marks.filter(({ box }) => along(box).from >= from && along(box).to <= from + span)
  })
  const worth = within.map((some) => some.reduce((sum, mark) => sum + mark.text.length, 0))
  const best = within[worth.indexOf(Math.max(...worth))] ?? []
  // One that is longer than all that is shown stands within no window, not even its own.
  return best.length > 0 ? best : marks.slice(0, 1)
}

const around = (boxes: readonly Box[]): Box => [
  Math.min(...boxes.map((box) => box[0])),
  Math.min(...boxes.map((box) => box[1])),
  Math.max(...boxes.map((box) => box[2])),
  Math.max(...boxes.map((box) => box[3])),
]

type Span = [from: number, to: number]

/** So wide within two bounds that lines are read from their beginning, where that can be. */
function fromLeft(from: number, to: number, least: number, most: number): Span {
  const room = Math.max(to - from, Math.min(WIDTH_MAX, most - least))
  const start = Math.min(from, Math.max(least, to + AFTER - room))
  return [start, start + room]
}

/** So high within two bounds, the same above and below. */
function inMiddle(from: number, to: number, least: number, most: number): Span {
  const room = Math.max(to - from, Math.min(HEIGHT_MAX, most - least))
  const start = Math.max(Math.min((from + to - room) / 2, most - room), Math.min(least, from))
  return [start, start + room]
}
