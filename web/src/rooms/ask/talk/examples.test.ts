// @vitest-environment happy-dom
import { describe, expect, it } from 'vitest'
import { asMarkdown, cannotTell, examplesFor } from './examples'
import { modelsIn } from './models'

describe('answers of the built-in reader', () => {
  it('that cannot tell are known', () => {
    expect(cannotTell('无法确定（仅凭识别出的文字不能回答）。')).toBe(true)
    expect(cannotTell('cannot tell (the recognised text does not answer this).')).toBe(true)
    expect(cannotTell('价税合计：¥27.00')).toBe(false)
  })

  it('keep the signs of the page; JSON and tables are shown as such', () => {
    expect(asMarkdown('*餐饮服务*餐费 > 3', false)).toBe('\\*餐饮服务\\*餐费 \\> 3')
    expect(asMarkdown('**bold**', true)).toBe('**bold**')
    expect(asMarkdown('{"a":1}', false)).toBe('```json\n{\n  "a": 1\n}\n```')
    expect(asMarkdown('{not json}', false)).toBe('{not json}')
    const table = '| a |\n| --- |\n| 1 |'
    expect(asMarkdown(table, false)).toBe(table)
  })

  it('are asked for by questions that fit the pictures', () => {
    expect(examplesFor(1, false, 'zh')).not.toEqual(examplesFor(2, false, 'zh'))
    expect(examplesFor(1, true, 'en')).not.toEqual(examplesFor(1, false, 'en'))
  })
})

describe('the models', () => {
  it('that answer are listed with what they can', () => {
    const abilities = { kind: 'chat', images_max: 2, context_tokens_max: 99, converses: false }
    const data = [
      { id: 'yuepi', abilities },
      { id: 'plain' },
      { id: 'words', abilities: { kind: 'embeddings' } },
      {},
    ]
    expect(modelsIn({ data })).toEqual([
      { id: 'yuepi', picturesMax: 2, contextTokensMax: 99, converses: false },
      { id: 'plain', picturesMax: 4, contextTokensMax: 32_768, converses: true },
    ])
    expect(modelsIn('<html>')).toEqual([])
  })
})
