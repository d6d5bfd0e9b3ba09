import { describe, expect, it } from 'vitest'
import type { Box } from '@/ui/papers'
import { sightOf } from './sight'

const mark = (text: string, ...box: Box) => ({
  text,
  box: [...box] as [number, number, number, number],
})
const BLOCK = [0.12, 0.06, 0.92, 0.84] as [number, number, number, number]
const within = (inner: Box, outer: Box): boolean =>
  inner[0] >= outer[0] && inner[1] >= outer[1] && inner[2] <= outer[2] && inner[3] <= outer[3]

describe('what is shown of a hit', () => {
  it('is all of a piece that is small', () => {
    const box: [number, number, number, number] = [0.1, 0.33, 0.6, 0.36]
    const marks = [mark('rent', 0.2, 0.34, 0.25, 0.35)]
    expect(sightOf({ box, marks, sort: 'text' })).toEqual({
      box,
      marks: [marks[0]?.box],
      place: box,
    })
    expect(sightOf({ box, marks: [], sort: 'text' }).marks).toBeUndefined()
  })

  it('is the field that was found, with its label, of a block that is nearly the page', () => {
    const total = mark('USD 104,165.27', 0.84, 0.7, 0.92, 0.72)
    const sight = sightOf({ box: BLOCK, marks: [total], sort: 'fields' })
    expect(within(total.box, sight.box)).toBe(true)
    expect(sight.box[3] - sight.box[1]).toBeLessThanOrEqual(0.121)
    expect(sight.box[2] - sight.box[0]).toBeLessThanOrEqual(0.641)
    expect(sight.place).toEqual(total.box)
    const label = sightOf({ box: BLOCK, marks: [mark('x', 0.12, 0.7, 0.2, 0.72)], sort: 'fields' })
    expect(label.box[0]).toBeCloseTo(0)
  })

  it('is where most was found, and the others stay marked', () => {
    const few = mark('2024', 0.2, 0.1, 0.24, 0.12)
    const many = [mark('liquidated', 0.3, 0.6, 0.4, 0.62), mark('damages', 0.42, 0.6, 0.5, 0.62)]
    const sight = sightOf({ box: BLOCK, marks: [few, ...many], sort: 'text' })
    expect(many.every((each) => within(each.box, sight.box))).toBe(true)
    expect(within(few.box, sight.box)).toBe(false)
    expect(sight.marks).toHaveLength(3)
    expect(sight.place).toEqual([0.3, 0.6, 0.5, 0.62])
  })

  it('begins where the line does, as far as what was found is on sight', () => {
    const line: [number, number, number, number] = [0.12, 0.74, 0.88, 0.8]
    const near = sightOf({ box: line, marks: [mark('rent', 0.6, 0.76, 0.7, 0.78)], sort: 'text' })
    expect(near.box[0]).toBe(0.12)
    const far = sightOf({ box: line, marks: [mark('rent', 0.8, 0.76, 0.88, 0.78)], sort: 'text' })
    expect(far.box[0]).toBeGreaterThan(0.2)
    expect(far.box[2]).toBeGreaterThanOrEqual(0.88)
    expect(far.place).toBe(line)
  })

  it('is how it begins where nothing in it was found, unmarked', () => {
    const sight = sightOf({ box: [0, 0, 1, 1], marks: [], sort: 'title' })
    expect(sight).toMatchObject({ marks: [], place: [0, 0, 1, 1] })
    expect(sight.box[3]).toBeCloseTo(0.12)
  })

  it('holds a mark that is larger than all that is shown', () => {
    const wide = mark('a table', 0.12, 0.1, 0.92, 0.6)
    const sight = sightOf({ box: BLOCK, marks: [wide], sort: 'table' })
    expect(within(wide.box, sight.box)).toBe(true)
  })
})
