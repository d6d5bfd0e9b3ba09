import { describe, expect, it } from 'vitest'
import {
  bodyOf,
  isFound,
  messagesOf,
  noAnswer,
  titleOf,
  type Picture,
  type Turn,
} from './conversation'
import { settled } from './settled'

const picture = (id: string): Picture => ({
  id,
  name: `${id}.jpg`,
  type: 'image/jpeg',
  bytes: 3,
  width: 1,
  height: 1,
  mark: id,
})
const turn = (question: string, text: string, pictures: Picture[] = []): Turn => ({
  id: question,
  question,
  pictures,
  model: 'yuepi',
  answer: { ...noAnswer(), state: 'done', text },
})
const url = (one: Picture): string => `data:${one.id}`

describe('a conversation as it is sent', () => {
  it('sends the whole transcript, pictures with the question they came with', () => {
    const turns = [turn('多少钱？', '27 元', [picture('a')]), turn('谁开的？', '')]
    expect(messagesOf(turns, url)).toEqual([
      {
        role: 'user',
        content: [
          { type: 'image_url', image_url: { url: 'data:a' } },
          { type: 'text', text: '多少钱？' },
        ],
      },
      { role: 'assistant', content: '27 元' },
      { role: 'user', content: '谁开的？' },
    ])
  })

  it('leaves a question without an answer out, but not its pictures', () => {
    const turns = [turn('one', '', [picture('a')]), turn('two', '', [picture('b')])]
    const sent = messagesOf(turns, url)
    expect(sent).toHaveLength(1)
    expect(JSON.stringify(sent)).toContain('data:a')
    expect(JSON.stringify(sent)).toContain('data:b')
    expect(JSON.stringify(sent)).not.toContain('one')
  })

  it('is answered from memory unless it is to be thought over anew', () => {
    expect(bodyOf([turn('q', '')], url)).toMatchObject({ model: 'yuepi', temperature: 0 })
    expect(bodyOf([turn('q', '')], url, true)).not.toHaveProperty('temperature')
  })
})

describe('a conversation in the history', () => {
  const talk = {
    id: 'c',
    title: '',
    named: false,
    at: 1,
    turns: [turn('Total?\n please', '27', [picture('slip')])],
  }

  it('is called by its first question, or by the name it was given', () => {
    expect(titleOf(talk)).toBe('Total? please')
    expect(titleOf({ ...talk, named: true, title: 'Dinner' })).toBe('Dinner')
    expect([...titleOf({ ...talk, turns: [turn('字'.repeat(100), '')] })]).toHaveLength(60)
  })

  it('is found by all words, wherever they are', () => {
    expect(isFound(talk, 'TOTAL slip')).toBe(true)
    expect(isFound(talk, 'total taxi')).toBe(false)
    expect(isFound(talk, ' ')).toBe(true)
  })

  it('that was being answered when the page closed was cut off', () => {
    const cut = settled({ ...talk, turns: [{ ...talk.turns[0], answer: noAnswer() } as Turn] })
    expect(cut.turns[0]?.answer).toMatchObject({
      state: 'broken',
      trouble: { code: 'answer_cut_short' },
    })
  })
})
