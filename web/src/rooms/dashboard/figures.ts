/** Figures as text. Pure. */

const localeOf = (language: string): string => (language.startsWith('zh') ? 'zh-CN' : 'en-GB')

/** `60.7%`; a share that is not known is a dash. */
export function shareText(share: number | null, language: string, digits = 1): string {
  if (share === null) return '—'
  return new Intl.NumberFormat(localeOf(language), {
    style: 'percent',
    maximumFractionDigits: digits,
  }).format(share)
}

/** `1,234`, with one decimal below a hundred where there is one. */
export const countText = (count: number, language: string): string =>
  new Intl.NumberFormat(localeOf(language), {
    maximumFractionDigits: count < 100 ? 1 : 0,
  }).format(count)

const UNITS = [
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
  ['second', 1],
] as const

/** A time in its largest unit that fits: `2.5 hours`; a dash where it is not known. */
export function spanText(seconds: number | null, language: string): string {
  if (seconds === null) return '—'
  const [unit, size] = UNITS.find(([, size]) => seconds >= size * 0.95) ?? ['second', 1]
  const value = seconds / size
  return new Intl.NumberFormat(localeOf(language), {
    style: 'unit',
    unit,
    unitDisplay: 'short',
    maximumFractionDigits: value < 10 ? 1 : 0,
  }).format(value)
}

/** `12.4 MB`. */
export function bytesText(bytes: number, language: string): string {
  const [unit, size] =
    bytes >= 1_000_000
      ? ['megabyte', 1_000_000]
      : bytes >= 1_000
        ? ['kilobyte', 1_000]
        : ['byte', 1]
  return new Intl.NumberFormat(localeOf(language), {
    style: 'unit',
    unit: String(unit),
    maximumFractionDigits: 1,
  }).format(bytes / Number(size))
}

export interface Drawn {
  /** Where the scale begins. */
  from: number
  /** Places on the scale, 0 to 1. */
  low: number
  share: number
  high: number
}

/** An interval on a scale that ends at 1 and begins at a round figure below it. */
export function drawn(low: number, share: number, high: number): Drawn {
  const from = [0.95, 0.9, 0.8, 0.5, 0].find((each) => each < low - 0.005) ?? 0
  const place = (value: number): number => (value - from) / (1 - from)
  return { from, low: place(low), share: place(share), high: place(high) }
}
