import { describe, expect, it } from 'vitest'
import { boxesOf, boxStatus, overlap, pagePlace, pagesOf, placesOf } from './papers'

const PAPER = { id: 'att_1', name: 'a.pdf', media: 'application/pdf', href: '/a' }
const evidence = (page: number, box: [number, number, number, number] | null) => ({
  page,
  box,
  source: 'layout' as const,
  text: 'x',
})
const field = (over: object = {}) => ({
  value: '1.00',
  status: 'single' as const,
  confidence: 0.9,
  sources: ['layout' as const],
  others: [],
  evidence: [evidence(1, [0, 0, 0.1, 0.1])],
  ...over,
})

describe('pages', () => {
  it('are the upright pictures, where there are some', () => {
    const pages = pagesOf({
      ...PAPER,
      pages: [{ file_at: 0, page: 2, width: 10, height: 20, href: '/p' }],
    })
    expect(pages).toEqual([{ fileAt: 0, page: 2, width: 10, height: 20, href: '/p' }])
    expect(pagePlace(pages, 0, 2)).toBe(0)
    expect(pagePlace(pages, 1, 2)).toBe(-1)
  })

  it('are the picture itself before it was read, and none of what is no picture', () => {
    expect(pagesOf({ ...PAPER, media: 'image/png' })[0]?.original).toBe('/a')
    expect(pagesOf(PAPER)).toEqual([])
  })
})

describe('boxes', () => {
  it('tell what is known of a value', () => {
    expect(boxStatus({ status: 'confirmed', sources: ['person'] })).toBe('corrected')
    expect(boxStatus({ status: 'conflict', sources: ['layout'] })).toBe('conflict')
    expect(boxStatus({ status: 'missing', sources: [] })).toBe(null)
  })

  it('of one place are one', () => {
    const places = placesOf(
      field({
        evidence: [
          evidence(1, [0, 0, 0.1, 0.1]),
          evidence(1, [0.001, 0, 0.1, 0.1]),
          evidence(2, [0, 0, 0.1, 0.1]),
          evidence(1, null),
          evidence(1, [0.5, 0.5, 0.5, 0.6]),
        ],
      }),
    )
    expect(places.map((each) => each.page)).toEqual([1, 2])
    expect(overlap([0, 0, 1, 1], [2, 2, 3, 3])).toBe(0)
  })

  it('carry the name of their field', () => {
    const boxes = boxesOf(
      'att_1',
      [
        {
          file: 'a',
          sha256: '',
          calls: [],
          pages: 1,
          original: false,
          readings: [
            {
              kind: 'receipt',
              kind_confidence: 1,
              page: 1,
              box: [0, 0, 1, 1],
              quality: 'clean',
              fields: { total: field(), tax: field({ status: 'missing', value: null }) },
              findings: [],
              items: [],
              tables: [],
              clauses: [],
              pairs: [],
              questions: [],
              remarks: [],
              summary: [],
              text: '',
            },
          ],
        },
      ],
      (name, value) => `${name}=${value}`,
    )
    expect(boxes).toHaveLength(1)
    expect(boxes[0]).toMatchObject({ id: 'att_1/0/0/total', label: 'total=1.00', fileAt: 0 })
  })
})
