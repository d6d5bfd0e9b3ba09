import { expect, it } from 'vitest'
import { submitWords } from './submitWords'
import { words } from './words'

const keys = (tree: object, above = ''): string[] =>
  Object.entries(tree).flatMap(([key, value]: [string, unknown]) =>
    typeof value === 'object' && value !== null ? keys(value, `${above}${key}.`) : `${above}${key}`,
  )

it.each([words, submitWords])('has the same words in both languages', ({ zh, en }) => {
  expect(keys(zh).sort()).toEqual(keys(en).sort())
})
