import { expect, it } from 'vitest'
import { moneyText } from './money'
import { exactTime, nearTime } from './times'

it('writes money exactly, beyond what a number holds', () => {
  expect(moneyText('1234.5', 'en')).toBe('¥1,234.50')
  expect(moneyText('9007199254740993.01', 'zh')).toBe('¥9,007,199,254,740,993.01')
  expect(moneyText('-3', 'en', 'USD')).toBe('-$3.00')
  expect(moneyText(null, 'zh')).toBe('')
  expect(moneyText('***', 'zh')).toBe('***')
  expect(moneyText('1', 'en', 'nonsense')).toBe('1 nonsense')
})

it('writes near times relative to now, far ones as a day', () => {
  const now = new Date('2026-03-02T12:00:00Z')
  const ago = (seconds: number) => new Date(now.getTime() - seconds * 1_000)
  expect(nearTime(ago(10), now, 'en')).toBe('now')
  expect(nearTime(ago(180), now, 'en')).toBe('3 minutes ago')
  expect(nearTime(ago(86_400), now, 'zh')).toBe('昨天')
  expect(nearTime(ago(30 * 86_400), now, 'en', 'UTC')).toBe('31 Jan 2026')
  expect(exactTime(now, 'en', 'Asia/Shanghai')).toContain('20:00:00')
})
