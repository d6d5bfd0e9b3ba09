// @vitest-environment happy-dom
import { describe, expect, it } from 'vitest'
import { PROBLEMS } from './problemTable'

interface Tree {
  [key: string]: string | Tree
}
interface Words {
  zh: Tree
  en: Tree
}

const isWords = (value: unknown): value is Words =>
  typeof value === 'object' && value !== null && 'zh' in value && 'en' in value

const modules = import.meta.glob<Record<string, unknown>>(
  ['@/app/words.ts', '@/rooms/*/words.ts', '@/rooms/*/*Words.ts', '@/ui/*Words.ts'],
  { eager: true },
)
const found: [string, Words][] = Object.entries(modules).flatMap(([path, module]) =>
  Object.entries(module).flatMap(([name, value]): [string, Words][] =>
    isWords(value) ? [[`${path} ${name}`, value]] : [],
  ),
)

/** Every text by its whole key. */
function flat(tree: Tree, before = ''): Map<string, string> {
  const texts = new Map<string, string>()
  for (const [key, value] of Object.entries(tree)) {
    if (typeof value === 'string') texts.set(before + key, value)
    else for (const [deep, text] of flat(value, `${before}${key}.`)) texts.set(deep, text)
  }
  return texts
}

const placeholders = (text: string): string[] =>
  [...text.matchAll(/\{([a-zA-Z]\w*)\}/g)].map((match) => match[1] ?? '').sort()

describe.each(found)('the words of %s', (_name, words) => {
  const zh = flat(words.zh)
  const en = flat(words.en)

  it('have the same keys in both languages', () => {
    expect([...zh.keys()].sort()).toEqual([...en.keys()].sort())
  })

  it('are not empty, and name the same values', () => {
    for (const [key, text] of zh) {
      expect(text.trim(), key).not.toBe('')
      expect([...new Set(placeholders(text))], key).toEqual([
        ...new Set(placeholders(en.get(key) ?? '')),
      ])
    }
  })
})

it('are found at all', () => {
  expect(found.length).toBeGreaterThan(3)
})

it('every problem has words in both languages', () => {
  for (const [code, [zh, zhTodo, en, enTodo]] of Object.entries(PROBLEMS)) {
    expect(zh, code).toMatch(/\p{Script=Han}/u)
    expect(en, code).toMatch(/^[\x20-\x7e]+$/)
    expect(zhTodo === '', code).toBe(enTodo === '')
  }
})
