/** Times as text, in the reader's zone. */

const MINUTE_S = 60
const HOUR_S = 3_600
const DAY_S = 86_400
const RELATIVE_S_MAX = 7 * DAY_S

const localeOf = (language: string): string => (language.startsWith('zh') ? 'zh-CN' : 'en-GB')

/** The exact time: `2026-03-02 14:05:09`-like, as the language writes it. */
export function exactTime(at: Date, language: string, zone?: string): string {
  return new Intl.DateTimeFormat(localeOf(language), {
    dateStyle: 'medium',
    timeStyle: 'medium',
    timeZone: zone,
  }).format(at)
}

/** A day without its time. */
export function dayText(at: Date, language: string, zone?: string): string {
  return new Intl.DateTimeFormat(localeOf(language), {
    dateStyle: 'medium',
    timeZone: zone,
  }).format(at)
}

/** `3 minutes ago` within a week of now, else the day. */
export function nearTime(at: Date, now: Date, language: string, zone?: string): string {
  const seconds = Math.round((at.getTime() - now.getTime()) / 1_000)
  const size = Math.abs(seconds)
  if (size > RELATIVE_S_MAX) return dayText(at, language, zone)
  const format = new Intl.RelativeTimeFormat(localeOf(language), { numeric: 'auto' })
  if (size < 45) return format.format(0, 'second')
  if (size < HOUR_S) return format.format(toward(seconds / MINUTE_S), 'minute')
  if (size < DAY_S) return format.format(toward(seconds / HOUR_S), 'hour')
  return format.format(toward(seconds / DAY_S), 'day')
}

/** Rounded, never to zero. */
const toward = (value: number): number => Math.round(value) || Math.sign(value)
