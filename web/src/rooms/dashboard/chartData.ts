/** What each chart draws, and the same as a table. Pure: words and colours come in. */
import { barsOf, linesOf, type ChartOption, type Ink } from './chartOptions'
import type { Numbers } from './composables/useNumbers'
import { countText, shareText, spanText } from './figures'

/** The words, language and colours of the page. */
export interface Say {
  t: (key: string) => string
  language: string
  findingName: (code: string) => string
  kindName: (kind: string) => string
  ink: Ink
  moves: boolean
}

export interface ChartData {
  option: ChartOption
  columns: string[]
  rows: string[][]
  height?: number
}

const BARS_MAX = 12
const EFFECTS = ['refer', 'suggest_reject', 'warn']

const dayName = (day: string, language: string): string =>
  new Intl.DateTimeFormat(language.startsWith('zh') ? 'zh-CN' : 'en-GB', {
    month: 'numeric',
    day: 'numeric',
    timeZone: 'UTC',
  }).format(new Date(`${day}T00:00:00Z`))

export function perDayOf({ days }: Numbers, say: Say): ChartData {
  const count = (value: number): string => countText(value, say.language)
  const keys = ['received', 'automatic', 'people'] as const
  const names = keys.map((key) => say.t(`charts.${key}`))
  const lines = keys.map((key, at) => ({
    name: names[at] ?? '',
    values: days.map((each) => each[key]),
  }))
  return {
    option: linesOf(
      days.map((each) => dayName(each.day, say.language)),
      lines,
      say.ink,
      say.moves,
    ),
    columns: [say.t('charts.day'), ...names],
    rows: [...days].reverse().map((each) => [each.day, ...keys.map((key) => count(each[key]))]),
  }
}

export function findingsOf({ findings }: Numbers, say: Say): ChartData {
  const count = (value: number): string => countText(value, say.language)
  const effectOf = (effect: string): string =>
    EFFECTS.includes(effect) ? say.t(`effects.${effect}`) : effect
  const most = new Map<string, number>()
  for (const { code, claims } of findings) most.set(code, Math.max(claims, most.get(code) ?? 0))
  const bars = [...most].slice(0, BARS_MAX).map(([code, claims]) => ({
    name: say.findingName(code),
    value: claims,
    text: count(claims),
  }))
  return {
    option: barsOf(bars, say.ink, say.moves),
    height: 24 + 26 * bars.length,
    columns: [say.t('charts.finding'), say.t('charts.effect'), say.t('charts.claims')],
    rows: findings.map((each) => [
      say.findingName(each.code),
      effectOf(each.effect),
      count(each.claims),
    ]),
  }
}

export function latencyOf({ machine, persons }: Numbers, say: Say): ChartData {
  const span = (value: number | null): string => spanText(value, say.language)
  const taken = [
    { who: say.t('charts.machine'), ...machine },
    { who: say.t('charts.persons'), ...persons },
  ].filter((each) => each.count > 0)
  const bars = taken.flatMap((each) => [
    {
      name: `${each.who} · ${say.t('charts.median')}`,
      value: each.median_s ?? 0,
      text: span(each.median_s),
    },
    {
      name: `${each.who} · ${say.t('charts.p90')}`,
      value: each.p90_s ?? 0,
      text: span(each.p90_s),
    },
  ])
  return {
    option: barsOf(bars, say.ink, say.moves, true),
    height: 24 + 26 * bars.length,
    columns: ['who', 'claims', 'median', 'p90'].map((name) => say.t(`charts.${name}`)),
    rows: taken.map((each) => [
      each.who,
      countText(each.count, say.language),
      span(each.median_s),
      span(each.p90_s),
    ]),
  }
}

export function kindsOf({ kinds }: Numbers, say: Say): ChartData {
  const told = kinds.map((each) => ({
    name: say.kindName(each.kind),
    value: each.claims,
    count: countText(each.claims, say.language),
    share: shareText(each.automatic / each.claims, say.language, 0),
  }))
  const bars = told
    .slice(0, BARS_MAX)
    .map(({ name, value, count, share }) => ({ name, value, text: `${count} · ${share}` }))
  return {
    option: barsOf(bars, say.ink, say.moves),
    height: 24 + 26 * bars.length,
    columns: ['kind', 'claims', 'share'].map((name) => say.t(`charts.${name}`)),
    rows: told.map(({ name, count, share }) => [name, count, share]),
  }
}
