/** Words for what went wrong: of our own by the `code`, else the server's English ones. */
import { useI18n } from 'vue-i18n'
import { asProblem, type Problem } from '@/api/problem'
import { useProblemRows, type Rows } from './problemRows'

export interface ProblemWords {
  /** What happened. */
  what: string
  /** What to do about it; may be empty. */
  todo: string
}

/** What happened and what to do, in a language (`zh` or anything else for English). */
export function wordsOf(error: unknown, language: string, rows: Rows): ProblemWords {
  const problem = asProblem(error)
  const chinese = language.startsWith('zh')
  const row = rows[problem.code]
  if (row === undefined) return { what: problem.message, todo: problem.remedy }
  const todo = (chinese ? row[1] : row[3]) || ''
  const more = waitOf(problem, chinese) + referenceOf(problem, chinese)
  return {
    what: chinese ? row[0] : row[2],
    todo: `${todo}${chinese || !more ? '' : ' '}${more}`.trim(),
  }
}

/** One line of it, for a passing message. */
export function problemLine(error: unknown, language: string, rows: Rows): string {
  const { what, todo } = wordsOf(error, language, rows)
  if (!todo) return what
  return language.startsWith('zh') ? `${what}。${todo}` : `${what}. ${todo}`
}

/** Both in the language of the page. */
export function useProblemWords() {
  const { locale } = useI18n({ useScope: 'global' })
  const known = useProblemRows()
  void known.load()
  return {
    wordsOf: (error: unknown) => wordsOf(error, locale.value, known.rows),
    problemLine: (error: unknown) => problemLine(error, locale.value, known.rows),
  }
}

function waitOf(problem: Problem, chinese: boolean): string {
  const seconds = problem.more.waitSeconds
  if (problem.status !== 429 || seconds === undefined) return ''
  if (seconds < 90) return chinese ? `还需等 ${seconds} 秒。` : `Wait ${seconds} seconds.`
  const minutes = Math.ceil(seconds / 60)
  return chinese ? `还需等约 ${minutes} 分钟。` : `Wait about ${minutes} minutes.`
}

function referenceOf(problem: Problem, chinese: boolean): string {
  const reference = problem.more.reference
  if (!reference) return ''
  return chinese ? `日志编号 ${reference}。` : `Its number in the log: ${reference}.`
}
