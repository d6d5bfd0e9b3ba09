import { expect, it } from 'vitest'
import { fieldLines } from './fieldLines'

const TEXT = [
  '境外发票 Foreign invoice',
  '号码 Number: INV-2026-46800',
  '日期 Date: 2026-08-26',
  '销售方 Seller: Quillstone: Foods Ltd',
  '合同金额（大写） Contract amount in words: 叁拾叁万元',
  'VIN: 7',
  '不含税金额 Amount before tax: 98269.12',
  '合计金额 Total: 104165.27',
  '币种 Currency: USD',
].join('\n')
const BOX: [number, number, number, number] = [0, 0, 1, 1]
const found = (...marks: string[]) => ({
  text: TEXT,
  marks: marks.map((text) => ({ text, box: BOX })),
})

it('tells fields in one language, and no line that is none', () => {
  const lines = fieldLines(found(), 'en', 9)
  expect(lines.map((line) => line.label)).toEqual([
    'Number',
    'Date',
    'Seller',
    'Contract amount in words',
    'VIN',
    'Amount before tax',
    'Total',
    'Currency',
  ])
  expect(lines[2]?.value).toBe('Quillstone: Foods Ltd')
  expect(fieldLines(found(), 'zh', 4).map((line) => line.label)).toEqual([
    '号码',
    '日期',
    '销售方',
    '合同金额（大写）',
  ])
  expect(fieldLines({ text: 'Minutes of the meeting', marks: [] }, 'en')).toEqual([])
})

it('keeps what was found, however it is printed, in its place among the first', () => {
  const lines = fieldLines(found('USD 104,165.27'), 'en', 3)
  expect(lines.map((line) => [line.label, line.found])).toEqual([
    ['Number', null],
    ['Date', null],
    ['Total', 'whole'],
  ])
})

it('knows a field in which only something was found', () => {
  const [first, second] = fieldLines(found('INV-2026-46800', '2026'), 'en')
  expect([first?.found, second?.found]).toEqual(['whole', 'part'])
})
