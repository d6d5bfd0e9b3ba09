import { describe, expect, it } from 'vitest'
import { noAnswer, type Turn } from './conversation'
import { curlText, pythonText } from './snippets'

const turns: Turn[] = [
  {
    id: '1',
    question: `100% "it's" <picture> \\ $HOME \`id\`\n多少？`,
    pictures: [
      {
        id: 'p',
        name: '$(rm -rf ~).png',
        type: 'image/png',
        bytes: 1,
        width: 1,
        height: 1,
        mark: '',
      },
    ],
    model: 'yuepi',
    answer: noAnswer(),
  },
]

describe('the same question from elsewhere', () => {
  it('names files and keys by placeholders only', () => {
    for (const text of [
      curlText({ turns, origin: 'http://desk' }),
      pythonText({ turns, origin: 'http://desk' }),
    ]) {
      expect(text).toContain('picture-1.png')
      expect(text).toContain('yp-YOUR-KEY')
      expect(text).not.toContain('rm -rf')
    }
  })

  it('quotes for the shell and for printf', () => {
    const text = curlText({ turns, origin: 'http://desk' })
    expect(text).toContain(`100%% \\\\"it'\\''s\\\\" <picture> \\\\\\\\ $HOME`)
    expect(text).toContain('data:image/png;base64,%s')
    expect(text.match(/%s/g)).toHaveLength(1)
  })

  it('needs no pictures', () => {
    const bare = [{ ...turns[0], pictures: [] } as Turn]
    expect(pythonText({ turns: bare, origin: 'http://desk' })).not.toContain('base64')
    expect(curlText({ turns: bare, origin: 'http://desk' })).not.toContain('%s')
  })
})
