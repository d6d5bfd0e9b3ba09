import { describe, expect, it } from 'vitest'
import { emptyDraft, spotKey } from './draft'
import { answeredOf, fits, foundIn, sumOf, type Found } from './found'
import type { UploadShown } from './uploads'

type Files = NonNullable<UploadShown['reading']>['files']

const field = (value: string | null, status: string, page = 1): unknown => ({
  value,
  status,
  confidence: 0.9,
  sources: ['layout'],
  others: status === 'conflict' ? ['28.00'] : [],
  evidence: [{ page, box: [0.1, 0.2, 0.3, 0.25], source: 'layout', text: value ?? '' }],
})
const upload = (fields: Record<string, unknown>, kind = 'vat_invoice'): UploadShown => ({
  id: 'upl_1',
  name: 'a.jpg',
  media: 'jpeg',
  bytes: 1,
  sha256: '',
  seen: null,
  pages: [{ file_at: 0, page: 1, width: 100, height: 60, href: '/p' }],
  reading: {
    state: 'done',
    files: [
      {
        file: 'a.jpg',
        sha256: '',
        pages: 1,
        original: false,
        readings: [{ kind, fields, page: 1 }],
      },
    ] as unknown as Files,
  },
})

describe('what was found', () => {
  it('asks only what is doubtful and decides', () => {
    const [found] = foundIn(
      upload({
        total: field('27.00', 'conflict'),
        date: field('2026-06-01', 'confirmed'),
        number: field('123', 'single'),
        seller_name: field('某店', 'single'),
      }),
    )
    expect(found?.doubts.map((doubt) => doubt.field)).toEqual(['total', 'number'])
    expect(found?.doubts[0]).toMatchObject({ others: ['28.00'], place: { page: { href: '/p' } } })
    expect(found).toMatchObject({ seller: '某店', total: '27.00', date: '2026-06-01' })
  })

  it('asks nothing about what is no invoice, and survives what was not read', () => {
    expect(foundIn(upload({ total: field('1', 'single') }, 'other'))[0]?.doubts).toEqual([])
    const pass = upload({ number: field('U*****26', 'single') }, 'passport')
    expect(foundIn(pass)[0]).toMatchObject({ doubts: [], priced: false })
    expect(sumOf(foundIn(pass), {})).toMatchObject({ total: '0.00', without: 0 })
    expect(foundIn({ ...upload({}), reading: null })).toEqual([])
  })

  it('counts answers', () => {
    const doubts = foundIn(upload({ total: field('27.00', 'single') }))[0]?.doubts ?? []
    const draft = emptyDraft('k')
    expect(answeredOf(draft, doubts)).toBe(0)
    const said = Object.fromEntries(doubts.map((doubt) => [spotKey(doubt), '27.00']))
    expect(answeredOf({ ...draft, said }, doubts)).toBe(1)
  })
})

describe('the sum', () => {
  const paper = (total: string, currency = 'CNY'): Found => ({
    upload: 'u',
    kind: 'receipt',
    seller: '',
    date: '',
    total,
    currency,
    priced: true,
    doubts: [],
  })
  it('is exact', () => {
    expect(sumOf([paper('0.10'), paper('0.20')], {}).total).toBe('0.30')
    expect(sumOf([paper('6280'), paper('-0.05')], {}).total).toBe('6279.95')
    expect(sumOf([], {}).total).toBe('0.00')
    expect(sumOf([paper('-1.25')], {}).total).toBe('-1.25')
  })

  it('says what it leaves out, and takes the submitter at their word', () => {
    expect(sumOf([paper('1.00'), paper(''), paper('5.00', 'USD')], {})).toEqual({
      total: '1.00',
      currency: 'CNY',
      without: 2,
    })
    const spot = { upload: 'u', file_at: 0, reading_at: 0, field: 'total' }
    const doubt = { ...spot, status: 'single' as const, value: '1.00', others: [], place: null }
    const said = { [spotKey(spot)]: '1,2.00' }
    expect(sumOf([{ ...paper('1.00'), doubts: [doubt] }], said).total).toBe('12.00')
  })
})

it('knows what can be an amount or a day', () => {
  expect(fits('total', '1,200.50')).toBe(true)
  expect(fits('total', '12元')).toBe(false)
  expect(fits('date', '2026-13-01')).toBe(false)
  expect(fits('date', '2026-06-01')).toBe(true)
  expect(fits('number', 'x'.repeat(65))).toBe(false)
})
