import { expect, it } from 'vitest'
import { deviceOf } from './deviceOf'
import { isMissingPart, leavesNothing } from './faults'
import { nextPath } from './nextPath'
import { pagesLike } from './pagesLike'

const HERE = 'https://desk.example'

it('goes on to paths of this page alone', () => {
  expect(nextPath('/claims/1?a=b#c', HERE)).toBe('/claims/1?a=b#c')
  for (const bad of [
    '//evil.example',
    '/\\evil.example',
    '\\\\evil.example',
    'https://evil.example',
    'javascript:alert(1)',
    '/\t/evil.example',
    '/a\\b',
    'claims',
    '',
    '/sign-in?next=/sign-in',
    ['/claims'],
    null,
    `/${'a'.repeat(600)}`,
  ])
    expect(nextPath(bad, HERE), String(bad)).toBe('/')
})

it('finds pages by title first, then by what they are for', () => {
  const pages = [
    { path: '/a', title: 'Audit', about: 'what people did' },
    { path: '/p', title: 'People', about: 'users' },
  ]
  expect(pagesLike('', pages)).toHaveLength(2)
  expect(pagesLike(' peo', pages).map((page) => page.path)).toEqual(['/p', '/a'])
  expect(pagesLike('zzz', pages)).toEqual([])
})

it('knows a part that did not load from any other fault', () => {
  expect(isMissingPart(new TypeError('Failed to fetch dynamically imported module: /a.js'))).toBe(
    true,
  )
  expect(isMissingPart(new TypeError('Failed to fetch'))).toBe(false)
})

it('gives a page up only where drawing it failed', () => {
  expect(leavesNothing('render function')).toBe(true)
  expect(leavesNothing('mounted hook')).toBe(true)
  expect(leavesNothing('https://vuejs.org/error-reference/#runtime-1')).toBe(true)
  expect(leavesNothing('https://vuejs.org/error-reference/#runtime-bm')).toBe(true)
  expect(leavesNothing('native event handler')).toBe(false)
  expect(leavesNothing('https://vuejs.org/error-reference/#runtime-5')).toBe(false)
})

it('names devices', () => {
  expect(
    deviceOf('Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/140.0 Safari/537.36'),
  ).toBe('Chrome · Linux')
  expect(deviceOf('curl/8')).toBe('')
})
