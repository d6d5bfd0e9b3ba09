// @vitest-environment happy-dom
import { describe, expect, it } from 'vitest'
import { alarmsOf, firstDoubt, grouped, pairsOf, papersOf, rowsOf, type Field } from './fields'

const field = (over: Partial<Field> = {}): Field => ({
  value: '1.00',
  status: 'confirmed',
  confidence: 0.99,
  sources: ['layout', 'codes'],
  evidence: [],
  others: [],
  ...over,
})
const reading = (fields: Record<string, Field>) => ({
  kind: 'receipt',
  kind_confidence: 1,
  page: 1,
  box: [0, 0, 1, 1] as [number, number, number, number],
  quality: 'clean' as const,
  fields,
  findings: [],
  items: [],
  tables: [],
  clauses: [],
  pairs: [],
  questions: [],
  remarks: [],
  summary: [],
  text: '',
})
const paper = (fields: Record<string, Field>) => ({
  attachment: 'att_1',
  fileAt: 0,
  readingAt: 0,
  file: 'a.jpg',
  reading: reading(fields),
})

describe('the fields of a paper', () => {
  const rows = rowsOf(
    paper({
      title: field(),
      seller_name: field({ status: 'single', confidence: 0.8 }),
      total: field({ status: 'conflict', confidence: 0.4, others: ['7.00'] }),
      date: field({ status: 'single', confidence: 0.8 }),
      plate: field({ status: 'missing', value: null, confidence: 0 }),
    }),
  )

  it('come with the doubtful ones first, by what decides most', () => {
    expect(rows.map((row) => row.name)).toEqual(['total', 'date', 'seller_name', 'title', 'plate'])
    expect(firstDoubt(rows)?.name).toBe('total')
    expect(grouped(rows).doubtful).toHaveLength(3)
    expect(grouped(rows).sure.map((row) => row.name)).toEqual(['title'])
    expect(grouped(rows).absent.map((row) => row.name)).toEqual(['plate'])
  })

  it('carry what the submitter said, and that raises the doubt where it differs', () => {
    const said = [
      { attachment: 'att_1', file_at: 0, reading_at: 0, field: 'total', value: '2.00' },
      { attachment: 'att_2', file_at: 0, reading_at: 0, field: 'total', value: '3.00' },
    ]
    const [row] = rowsOf(paper({ total: field() }), said)
    expect(row?.said).toBe('2.00')
    expect(row?.doubt).toBeGreaterThan(0)
  })

  it('that a person corrected are no longer doubtful, and keep what was read', () => {
    const [row] = rowsOf(
      paper({ total: field({ sources: ['person'], value: '2.00' }) }),
      [{ attachment: 'att_1', file_at: 0, reading_at: 0, field: 'total', value: '9.00' }],
      [
        {
          id: 'cor_1',
          review: 'rev_1',
          attachment: 'att_1',
          file_at: 0,
          reading_at: 0,
          field: 'total',
          was: '1.00',
          value: '2.00',
          confirmed: false,
          by: null,
          at: '',
        },
      ],
    )
    expect(row).toMatchObject({ doubt: 0, state: 'corrected', was: '1.00' })
  })

  it('are found in every file', () => {
    const file = {
      file: 'a',
      sha256: '',
      calls: [],
      pages: 1,
      original: false,
      readings: [reading({})],
    }
    expect(papersOf({ readings: [{ attachment: 'x', files: [file, file] }] })).toHaveLength(2)
  })
})

describe('facts', () => {
  const facts = {
    claim: { duplicates: 1, unreadable_files: 0, not_invoices: 1, evidence: {} },
    documents: [
      { file: 'a.jpg', duplicate_in_claim: 'same_number', duplicate_in_history: 'other_format' },
    ],
  }

  it('that call for eyes are told apart', () => {
    expect(alarmsOf(facts)).toEqual([
      { code: 'duplicate_in_claim', file: 'a.jpg', value: 'same_number' },
      { code: 'not_invoices', file: null, value: '1' },
    ])
    expect(alarmsOf(null)).toEqual([])
  })

  it('are pairs without their proofs', () => {
    expect(pairsOf(facts.claim)).toEqual([
      ['duplicates', '1'],
      ['unreadable_files', '0'],
      ['not_invoices', '1'],
    ])
  })
})
