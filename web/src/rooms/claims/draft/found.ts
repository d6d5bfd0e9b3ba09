/** What the desk read in a draft's files, and what it wants to ask about it. Pure. */
import type { Shape } from '@/api/client'
import { spotKey, type Draft, type Spot } from './draft'
import type { UploadPage, UploadShown } from './uploads'

type Field = Shape<'Field'>
type Reading = Shape<'Reading'>

const CENTS_MAX = 6

/** A field that needs the submitter's eye: what was read, and where it stands. */
export interface Doubt extends Spot {
  value: string
  others: readonly string[]
  status: 'single' | 'conflict' | 'missing'
  place: { page: UploadPage; box: readonly [number, number, number, number] } | null
}

/** One paper that was found in a file. */
export interface Found {
  upload: string
  kind: string
  seller: string
  date: string
  total: string
  currency: string
  /** Whether papers of its kind say what something cost. */
  priced: boolean
  doubts: Doubt[]
}

const PLAIN = ['number', 'date', 'total']
/** Papers that only support an invoice: what they say is not counted, so nothing is asked. */
const SUPPORTS = new Set(['other', 'payment_screenshot', 'itinerary', 'delivery_note'])
const VAT = new Set(['vat_invoice', 'vat_special_invoice', 'vat_e_invoice', 'digital_invoice'])

/** Which fields decide for a kind (docs/policy.md), the most telling first. */
export function decisive(reading: Reading): string[] {
  if (reading.kind === 'fixed_amount_invoice') return ['total', 'number', 'code']
  if (reading.kind === 'receipt') return ['total', 'date']
  if (SUPPORTS.has(reading.kind) || !isPriced(reading)) return []
  const fields = ['total', 'date', 'number']
  if ('code' in reading.fields) fields.push('code')
  if (VAT.has(reading.kind)) fields.push('buyer_tax_id')
  return fields.length >= PLAIN.length ? fields : PLAIN
}

/** Identity cards, contracts, charts have no total, not even an unread one. */
const isPriced = (reading: Reading): boolean => 'total' in reading.fields

/** The papers in one file that was read. */
export function foundIn(upload: UploadShown): Found[] {
  return (upload.reading?.files ?? []).flatMap((file, fileAt) =>
    file.readings.map((reading, readingAt) => ({
      upload: upload.id,
      kind: reading.kind,
      seller: valueOf(reading, 'seller_name'),
      date: valueOf(reading, 'date'),
      total: valueOf(reading, 'total'),
      currency: valueOf(reading, 'currency') || 'CNY',
      priced: isPriced(reading) || reading.kind === 'other',
      doubts: decisive(reading).flatMap((name) => {
        const field = reading.fields[name]
        const spot = { upload: upload.id, file_at: fileAt, reading_at: readingAt, field: name }
        return field === undefined ? [] : doubtOf(field, spot, upload.pages ?? [])
      }),
    })),
  )
}

const valueOf = (reading: Reading, name: string): string => reading.fields[name]?.value ?? ''

function doubtOf(field: Field, spot: Spot, pages: readonly UploadPage[]): Doubt[] {
  if (field.status !== 'single' && field.status !== 'conflict') return []
  const { status, value, others } = field
  return [{ ...spot, status, value: value ?? '', others, place: placeOf(field, spot, pages) }]
}

function placeOf(field: Field, spot: Spot, pages: readonly UploadPage[]): Doubt['place'] {
  for (const { page, box } of field.evidence) {
    const picture = pages.find((each) => each.file_at === spot.file_at && each.page === page)
    if (picture !== undefined && box !== null) return { page: picture, box }
  }
  return null
}

/** How many of the doubts the submitter has answered. */
export const answeredOf = (draft: Draft, doubts: readonly Doubt[]): number =>
  doubts.filter((doubt) => (draft.said[spotKey(doubt)] ?? '').trim() !== '').length

export interface Sum {
  total: string
  currency: string
  /** Papers whose amount is not known, or is in other money: the sum is without them. */
  without: number
}

/** The sum of the totals, counted in whole small units so that no cent is lost. */
export function sumOf(found: readonly Found[], said: Readonly<Record<string, string>>): Sum {
  let sum = 0n
  let without = 0
  for (const each of found) {
    if (!each.priced) continue
    const doubt = each.doubts.find(({ field }) => field === 'total')
    const own = doubt === undefined ? undefined : said[spotKey(doubt)]
    const units = each.currency === 'CNY' ? unitsOf(own?.trim() || each.total) : null
    if (units === null) without += 1
    else sum += units
  }
  return { total: textOf(sum), currency: 'CNY', without }
}

function unitsOf(text: string): bigint | null {
  const parts = /^(-?)(\d{1,15})(?:\.(\d{1,6}))?$/.exec(text.replace(/,/g, ''))
  if (parts === null) return null
  const [, sign = '', whole = '', rest = ''] = parts
  return BigInt(`${sign}${whole}${rest.padEnd(CENTS_MAX, '0')}`)
}

function textOf(units: bigint): string {
  const sign = units < 0n ? '-' : ''
  const digits = String(units < 0n ? -units : units).padStart(CENTS_MAX + 1, '0')
  const rest = digits.slice(-CENTS_MAX).replace(/0{1,4}$/, '')
  return `${sign}${digits.slice(0, -CENTS_MAX)}.${rest}`
}

const AMOUNT = /^-?\d{1,15}(\.\d{1,2})?$/
const DAY = /^\d{4}-\d{2}-\d{2}$/

/** Whether an answer can be the value of that field at all. */
export function fits(field: string, value: string): boolean {
  const text = value.trim()
  if (text === '') return true
  if (field === 'total') return AMOUNT.test(text.replace(/,/g, ''))
  if (field === 'date') return DAY.test(text) && !Number.isNaN(Date.parse(text))
  return text.length <= 64
}
