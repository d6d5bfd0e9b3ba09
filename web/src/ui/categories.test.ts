import { expect, it } from 'vitest'
import { categoryName, usedBefore } from './categories'

it('names what the policy ships in both languages, and others as they are', () => {
  expect(categoryName('餐饮', 'en')).toBe('Meals')
  expect(categoryName('transport', 'zh')).toBe('transport')
  expect(categoryName('unspecified', 'zh')).toBe('未指定')
  expect(categoryName('培训 <b>', 'en')).toBe('培训 <b>')
})

it('remembers a company’s own categories', () => {
  expect(usedBefore(['培训', '餐饮', 'unspecified', '培训', 'R&D'])).toEqual(['培训', 'R&D'])
})
