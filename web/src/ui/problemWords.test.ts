import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createPinia, setActivePinia } from 'pinia'
import { expect, it } from 'vitest'
import { Problem, offline, problemOf } from '@/api/problem'
import { PROBLEMS } from './problemTable'
import { useProblemRows } from './problemRows'
import { problemLine, wordsOf } from './problemWords'

/** What only commands, startup and evaluation tell: never answered to a browser. */
const ELSEWHERE = new Set([
  'asked_before',
  'backup_damaged',
  'backup_failed',
  'backup_newer',
  'bad_roots',
  'bad_settings',
  'cannot_save',
  'crashed',
  'data_folder_unavailable',
  'database_newer',
  'department_circle',
  'export_failed',
  'host_unknown',
  'model_exists',
  'no_database',
  'not_empty',
  'package_unwanted',
  'port_in_use',
  'port_unavailable',
  'qr_differs',
  'qr_malformed',
  'refused',
  'restore_failed',
  'roots_file_unavailable',
  'server_unreachable',
  'settings_not_own',
  'unknown_model',
  'unknown_tables',
])

function codes(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name)
    // The notes of an answer have words of their own.
    if (entry.isDirectory()) return ['commands', 'asking'].includes(entry.name) ? [] : codes(path)
    if (!entry.name.endsWith('.py')) return []
    const source = readFileSync(path, 'utf8')
    return [...source.matchAll(/^\s+code ?= ?"([a-z_]+)"/gm)].map((match) => match[1] ?? '')
  })
}

const SERVER = join(process.cwd(), '..', 'src', 'yuepi')
const ROOMS = ['access', 'approvals', 'audit', 'gateway', 'kit', 'app', 'library']

/** Why a file is refused: each with its remedy. */
function refusals(): string[] {
  const source = readFileSync(join(SERVER, 'documents', 'accept.py'), 'utf8')
  const remedies = /_REMEDIES = \{([^}]+)\}/.exec(source)?.[1] ?? ''
  return [...remedies.matchAll(/^\s+"([a-z_]+)":/gm)].map((match) => match[1] ?? '')
}

it('knows every stable code of the server', () => {
  const told = [...ROOMS.flatMap((room) => codes(join(SERVER, room))), ...refusals()]
  expect(told.length).toBeGreaterThan(120)
  const unknown = [...new Set(told)].filter((code) => !(code in PROBLEMS) && !ELSEWHERE.has(code))
  expect(unknown).toEqual([])
})

it("says it in the page's language, and falls back to the server's words", () => {
  const stale = new Problem(409, 'stale', 'the row changed')
  expect(wordsOf(stale, 'zh', PROBLEMS).what).toContain('别人')
  expect(wordsOf(stale, 'en', PROBLEMS).what).toContain('Somebody else')
  const newer = new Problem(422, 'from_the_future', 'something new', 'do that')
  expect(wordsOf(newer, 'zh', PROBLEMS)).toEqual({ what: 'something new', todo: 'do that' })
  expect(problemLine(offline(), 'en', PROBLEMS)).toMatch(/reached\. /)
})

it('says how long a lock-out lasts, and the number in the log', () => {
  const locked = problemOf(429, { code: 'too_many_attempts' }, new Headers({ 'retry-after': '45' }))
  expect(wordsOf(locked, 'en', PROBLEMS).todo).toContain('45 seconds')
  const long = problemOf(429, { code: 'too_many_attempts' }, new Headers({ 'retry-after': '900' }))
  expect(wordsOf(long, 'zh', PROBLEMS).todo).toContain('15 分钟')
  expect(
    wordsOf(problemOf(500, { code: 'unexpected', id: 'ab12' }), 'zh', PROBLEMS).todo,
  ).toContain('ab12')
})

it('tells of the connection at once, and of the rest when it is loaded', async () => {
  setActivePinia(createPinia())
  const known = useProblemRows()
  const taken = new Problem(409, 'name_taken', 'a name is taken')
  expect(wordsOf(offline(), 'zh', known.rows).what).toBe('连不上服务器')
  expect(wordsOf(taken, 'zh', known.rows).what).toBe('a name is taken')
  await known.load()
  expect(wordsOf(taken, 'zh', known.rows).what).toBe('这里已有同名的')
})
