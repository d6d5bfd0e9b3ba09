/**
 * What each stable `code` of the server means to whoever reads it: in Chinese what happened and
 * what to do, then both in English. An empty second part: there is nothing to add.
 */
export type Row = readonly [zh: string, zhTodo: string, en: string, enTodo: string]

export const AGAIN: readonly [string, string] = [
  '请稍后再试；若一直如此，请联系管理员。',
  'Try again in a moment; if it stays so, tell an administrator.',
]
export const ADMIN: readonly [string, string] = ['请联系管理员。', 'Ask an administrator.']
export const RELOAD: readonly [string, string] = [
  '请刷新查看最新内容后再试。',
  'Load what stands now, then try again.',
]
export const CORRECT: readonly [string, string] = ['请更正后再试。', 'Correct it and try again.']

export const row = (zh: string, en: string, todo: readonly [string, string] = ['', '']): Row => [
  zh,
  todo[0],
  en,
  todo[1],
]
