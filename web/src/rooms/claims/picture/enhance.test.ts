import { expect, it } from 'vitest'
import { enhance, range } from './enhance'

const greys = (values: number[]): Uint8ClampedArray =>
  new Uint8ClampedArray(values.flatMap((value) => [value, value, value, 255]))

it('stretches a pale picture to black and white', () => {
  const pale = greys(Array.from({ length: 200 }, (_, at) => 100 + (at % 101)))
  enhance(pale)
  const values = Array.from(pale).filter((_, at) => at % 4 === 0)
  expect(Math.min(...values)).toBe(0)
  expect(Math.max(...values)).toBe(255)
  expect(pale[3]).toBe(255)
})

it('leaves a blank sheet as it is: noise must not become print', () => {
  expect(range(greys([200, 201, 202, 203]))).toEqual({ low: 0, high: 255 })
})
