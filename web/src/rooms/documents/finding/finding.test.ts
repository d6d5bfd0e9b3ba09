import { describe, expect, it } from 'vitest'
import type { Hit, Query } from '../api'
import { boxIn, excerpt, grouped, pieces, placeQuery } from './hits'
import {
  addressOf,
  changed,
  cleaned,
  editingOf,
  isNarrowed,
  narrowed,
  queryIn,
  soughtIn,
  valueOf,
  without,
  withUnknown,
} from './query'

const QUERY: Query = {
  text: 'lease',
  kinds: ['contract', 'lease'],
  amount_min: '500000',
  date_from: '2025-01-01',
  date_to: '2025-12-31',
  seal: false,
}

describe('a query', () => {
  it('goes through the address whole', () => {
    const address = addressOf(QUERY, 'leases')
    expect(soughtIn({ q: 'leases', query: String(address.query) })).toMatchObject({
      question: 'leases',
      query: QUERY,
    })
  })

  it('is nothing where the address holds none, and drops what is no filter', () => {
    expect(queryIn('')).toBeNull()
    expect(queryIn('{')).toBeNull()
    expect(queryIn('7')).toBeNull()
    expect(queryIn('{"text":"a","evil":1,"kinds":"x","tags":[1,"b"],"seal":"yes"}')).toEqual({
      text: 'a',
      tags: ['b'],
    })
    expect(cleaned({ text: '', kinds: [], amount_min: null })).toEqual({})
  })

  it('loses what is taken off and nothing else', () => {
    expect(without(QUERY, { field: 'seal', value: 'false' }).seal).toBeUndefined()
    expect(without(QUERY, { field: 'kinds', value: '["contract"]' }).kinds).toEqual(['lease'])
    expect(without(QUERY, { field: 'kinds', value: '["contract","lease"]' }).kinds).toBeUndefined()
    expect(without(QUERY, { field: 'amount_min', value: '"500000"' })).toEqual({
      text: 'lease',
      kinds: ['contract', 'lease'],
      date_from: '2025-01-01',
      date_to: '2025-12-31',
      seal: false,
    })
    expect(without(QUERY, { field: 'text', value: '"lease"' }).text).toBeUndefined()
  })

  it('takes another value', () => {
    const chip = { field: 'amount_min', value: '"500000"' }
    expect(changed(QUERY, chip, '60').amount_min).toBe('60')
    expect(changed(QUERY, chip, '').amount_min).toBeUndefined()
    const kinds = { field: 'kinds', value: '["contract","lease"]' }
    expect(changed(QUERY, kinds, ['receipt']).kinds).toEqual(['receipt'])
    expect(changed(QUERY, { field: 'seal', value: 'false' }, true).seal).toBe(true)
  })

  it('is narrowed by facets and widened again', () => {
    const narrow = narrowed({}, 'kind', 'receipt')
    expect(narrow).toEqual({ kinds: ['receipt'] })
    expect(isNarrowed(narrow, 'kind', 'receipt')).toBe(true)
    expect(narrowed(narrow, 'kind', 'receipt')).toEqual({})
    const year = narrowed({}, 'year', '2024')
    expect(year).toEqual({ date_from: '2024-01-01', date_to: '2024-12-31' })
    expect(narrowed(year, 'year', '2024')).toEqual({})
    expect(narrowed({}, 'moon', '1')).toEqual({})
    const open = withUnknown({ kinds: ['contract'] })
    expect(open).toEqual({ kinds: ['contract', 'unknown'] })
    expect(isNarrowed(open, 'kind', 'contract')).toBe(false)
    expect(narrowed(open, 'kind', 'contract')).toEqual({ kinds: ['contract'] })
    // Invoices of all kinds: one of them narrows, and none is what holds already.
    const invoices: Query = { kinds: ['invoice'], amount_min: '100' }
    expect(isNarrowed(invoices, 'kind', 'invoice')).toBe(false)
    expect(narrowed(invoices, 'kind', 'digital_invoice').kinds).toEqual(['digital_invoice'])
  })

  it('knows how each filter is changed by hand', () => {
    expect(editingOf('amount_max')).toBe('amount')
    expect(editingOf('added_from')).toBe('day')
    expect(editingOf('tags')).toBe('list')
    expect(editingOf('documents')).toBeNull()
    expect(editingOf('nonsense')).toBeNull()
    expect(valueOf({ value: 'plain words' })).toBe('plain words')
  })
})

describe('hits', () => {
  const hit = (document: string, page: number): Hit =>
    ({ document, page, file: document, title: '', kind: null, folder: '' }) as Hit

  it('are grouped by document, in the order of the best', () => {
    const groups = grouped([hit('b', 1), hit('a', 1), hit('b', 2)])
    expect(groups.map((each) => [each.document, each.hits.length])).toEqual([
      ['b', 2],
      ['a', 1],
    ])
  })

  it('mark words as they stand there, whatever signs they hold', () => {
    expect(pieces('Rent (2025) rent', ['rent', '(2025)'])).toEqual([
      { text: 'Rent', marked: true },
      { text: ' ', marked: false },
      { text: '(2025)', marked: true },
      { text: ' ', marked: false },
      { text: 'rent', marked: true },
    ])
    expect(pieces('甲方支付违约金', ['违约金']).at(-1)).toEqual({ text: '违约金', marked: true })
    expect(pieces('abc', ['', '  '])).toEqual([{ text: 'abc', marked: false }])
    expect(pieces('', [])).toEqual([])
  })

  it('are cut around what was looked for', () => {
    const long = `${'a '.repeat(200)}needle${' b'.repeat(200)}`
    const cut = excerpt(long, ['needle'], 80)
    expect(cut).toContain('needle')
    expect(cut.startsWith('…') && cut.endsWith('…')).toBe(true)
    expect(excerpt('short  text', [], 80)).toBe('short text')
  })

  it('have an address that holds their place', () => {
    expect(placeQuery({ page: 3, file_at: 0, box: [0.1, 0.2, 0.30001, 0.4] })).toEqual({
      page: '3',
      box: '0.1,0.2,0.3,0.4',
    })
    expect(boxIn('0.1,0.2,0.3,0.4')).toEqual([0.1, 0.2, 0.3, 0.4])
    for (const bad of ['', '1,2', '0.3,0.2,0.1,0.4', '0,0,2,1', 'a,b,c,d', '0,0,1,1,1'])
      expect(boxIn(bad), bad).toBeNull()
  })
})
