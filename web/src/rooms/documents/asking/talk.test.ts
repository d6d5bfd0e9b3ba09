import { describe, expect, it } from 'vitest'
import { answerOf, asked, cited, earlierOf, ended, heard, usedQuotes, type Turn } from './talk'

const quote = (n: number): Record<string, unknown> => ({
  n,
  document: `d${n}`,
  name: `f${n}.pdf`,
  title: '',
  file_at: 0,
  page: n,
  box: [0, 0, 1, 1],
  text: `words ${n}`,
  label: '',
})
const told = (turn: Turn, name: string, data: unknown): Turn =>
  heard(turn, name, JSON.stringify(data))

function answered(): Turn {
  let turn = told(asked(1, 'How much?'), 'found', { quotes: [quote(1), quote(2)] })
  turn = told(turn, 'sentence', { text: 'It is 12.', quotes: [1], supported: true })
  turn = told(turn, 'sentence', { text: 'It is nice.', quotes: [], supported: false })
  return told(turn, 'done', {
    status: 'answered',
    answer: 'It is 12.',
    by: 'quotes',
    quotes: [quote(1)],
  })
}

describe('an answer', () => {
  it('comes sentence by sentence, each with its quotes', () => {
    const begun = told(asked(1, 'q'), 'found', { quotes: [quote(1)], index: 'behind', waiting: 3 })
    expect([begun.state, begun.index]).toEqual(['writing', { index: 'behind', waiting: 3 }])
    const turn = answered()
    expect(turn.state).toBe('answered')
    expect(turn.sentences.map((each) => each.supported)).toEqual([true, false])
    expect(usedQuotes(turn).map((each) => each.n)).toEqual([1])
    expect(turn.by).toBe('quotes')
  })

  it('holds only what is supported where it is carried on', () => {
    expect(answerOf(answered())).toBe('It is 12.')
    expect(earlierOf([answered()])).toEqual([
      { question: 'How much?', answer: 'It is 12.', documents: ['d1'] },
    ])
  })

  it('loses what the last word leaves out', () => {
    const sentences = [{ text: 'It is 12.', quotes: [1], supported: true }]
    const turn = told(answered(), 'done', { status: 'answered', quotes: [quote(1)], sentences })
    expect(turn.sentences).toHaveLength(1)
  })

  it('that was not found shows the nearest passages and no sentence', () => {
    const turn = told(asked(1, 'q'), 'done', {
      status: 'not_found',
      answer: 'Not found.',
      quotes: [quote(4)],
    })
    expect([turn.state, turn.sentences.length, turn.quotes.length]).toEqual(['not_found', 0, 1])
  })

  it('is told apart: stopped by somebody, cut off, failed', () => {
    const open = told(asked(1, 'q'), 'found', { quotes: [] })
    expect(ended(open, true).state).toBe('stopped')
    expect(ended(open, false).problem?.code).toBe('answer_cut_short')
    expect(ended(answered(), true).state).toBe('answered')
    const failed = told(open, 'error', { status: 503, code: 'engine_unavailable' })
    expect([failed.state, failed.problem?.code]).toEqual(['failed', 'engine_unavailable'])
  })

  it('does not break on what is no JSON', () => {
    const turn = asked(1, 'q')
    expect(heard(turn, 'sentence', '{')).toBe(turn)
    expect(told(turn, 'sentence', { text: 7 }).sentences).toEqual([])
    expect(told(turn, 'found', null).quotes).toEqual([])
  })

  it('is copied with its quotes', () => {
    const text = cited(answered(), (each) => `${each.name}, page ${each.page}`)
    expect(text).toContain('It is 12.[1]')
    expect(text).toContain('[1] f1.pdf, page 1\n“words 1”')
  })
})
