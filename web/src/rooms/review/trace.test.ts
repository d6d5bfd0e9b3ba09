import { describe, expect, it } from 'vitest'
import { conditionsOf, shortVersion, stepsOf } from './trace'

const paper = (attachment: string, page: number, fields: string[]) => ({
  attachment,
  fileAt: 0,
  readingAt: page - 1,
  file: 'a.pdf',
  reading: {
    kind: 'receipt',
    kind_confidence: 1,
    page,
    box: [0, 0, 1, 1] as [number, number, number, number],
    quality: 'clean' as const,
    fields: Object.fromEntries(
      fields.map((name) => [
        name,
        {
          value: '1',
          status: 'single' as const,
          confidence: 1,
          sources: [],
          evidence: [],
          others: [],
        },
      ]),
    ),
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
})
const reason = (effect: string, row: string, evidence: object[] = []) => ({
  code: 'overdue',
  effect,
  row,
  message_zh: '中',
  message_en: 'en',
  evidence,
})

describe('a rule trace', () => {
  const papers = [paper('att_1', 1, ['date']), paper('att_1', 2, ['date', 'total'])]

  it('puts the weightiest first and finds the field it rests on', () => {
    const steps = stepsOf(
      {
        reasons: [
          reason('warn', 'documents/weekend'),
          reason('suggest_reject', 'documents/overdue', [
            { file: 'a.pdf', page: 2, box: null, field: 'date', value: '2026-01-01' },
            { file: 'a.pdf', page: 1, box: null, field: 'original', value: 'no' },
            { file: 'gone', page: null, box: null, field: 'claim', value: 'clm_1' },
          ]),
        ],
      },
      papers,
    )
    expect(steps.map((step) => step.effect)).toEqual(['suggest_reject', 'warn'])
    expect(steps[0]).toMatchObject({ table: 'documents', rowName: 'overdue' })
    expect(steps[0]?.inputs.map((input) => input.id)).toEqual(['att_1/0/1/date', null, null])
    expect(steps[0]?.inputs[1]?.attachment).toBe('att_1')
    expect(steps[0]?.inputs[2]?.attachment).toBeNull()
  })

  it('of something else is empty', () => {
    expect(stepsOf(null, papers)).toEqual([])
    expect(stepsOf({ reasons: 'x' }, papers)).toEqual([])
  })

  it('tells what a row tests', () => {
    const jdm = {
      nodes: [
        {
          name: 'documents',
          content: {
            inputs: [
              { id: 'a', name: '天数', field: 'age_days' },
              { id: 'b', name: '类', field: 'kind' },
            ],
            rules: [{ _id: 'overdue', a: '> 90', b: '' }],
          },
        },
      ],
    }
    expect(conditionsOf(jdm, 'documents', 'overdue')).toEqual([{ name: 'age_days', test: '> 90' }])
    expect(conditionsOf(jdm, 'floor', 'x')).toEqual([])
    expect(conditionsOf(null, 'a', 'b')).toEqual([])
  })

  it('names a version shortly', () => {
    expect(shortVersion('sha256:56900d318b46a5ef')).toBe('56900d318b')
  })
})
