/** Sizes of files as people read them. Pure. */
const UNITS = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte'] as const

export function sizeText(bytes: number, language: string): string {
  const step = Math.min(UNITS.length - 1, Math.floor(Math.log10(Math.max(1, bytes)) / 3))
  return new Intl.NumberFormat(language.startsWith('zh') ? 'zh-CN' : 'en-GB', {
    style: 'unit',
    unit: UNITS[step] ?? 'byte',
    unitDisplay: 'short',
    maximumFractionDigits: bytes / 1_000 ** step < 10 && step > 0 ? 1 : 0,
  }).format(bytes / 1_000 ** step)
}
