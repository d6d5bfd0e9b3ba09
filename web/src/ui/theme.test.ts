import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'

const AA = 4.5
const css = readFileSync(`${process.cwd()}/src/ui/theme.css`, 'utf8')

/** The variables of a theme; the dark one is laid over the light one. */
function variables(selector: string): Map<string, string> {
  const start = css.indexOf(`${selector} {`)
  const block = css.slice(start, css.indexOf('\n}', start))
  return new Map(
    [...block.matchAll(/(--[\w-]+):\s*([^;]+);/g)].map((m) => [m[1] ?? '', m[2] ?? '']),
  )
}

const light = variables('html:root')
const dark = new Map([...light, ...variables('html:root.dark')])

function luminance(hex: string): number {
  const full =
    hex.length === 4 ? [...hex.slice(1)].map((digit) => digit + digit).join('') : hex.slice(1)
  const [red = 0, green = 0, blue = 0] = [0, 2, 4].map((at) => {
    const part = Number.parseInt(full.slice(at, at + 2), 16) / 255
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4
  })
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue
}

function contrast(theme: Map<string, string>, text: string, ground: string): number {
  const value = (name: string): string => {
    const found = theme.get(name) ?? ''
    const other = /^var\((--[\w-]+)\)$/.exec(found)?.[1]
    return other ? value(other) : found
  }
  const [high = 0, low = 0] = [luminance(value(text)), luminance(value(ground))].sort(
    (a, b) => b - a,
  )
  return (high + 0.05) / (low + 0.05)
}

const GROUNDS = ['--y-ground', '--y-surface', '--y-surface-raised', '--y-surface-sunken']
const TEXTS = ['--y-text', '--y-text-soft', '--y-text-faint', '--el-text-color-placeholder']
const TONES = ['primary', 'success', 'warning', 'danger', 'info']

describe.each([
  ['light', light],
  ['dark', dark],
])('the %s theme', (_name, theme) => {
  it('has enough contrast for every text on every ground', () => {
    for (const ground of GROUNDS)
      for (const text of [...TEXTS, ...TONES.map((tone) => `--y-${tone}`)])
        expect(contrast(theme, text, ground), `${text} on ${ground}`).toBeGreaterThanOrEqual(AA)
  })

  it('and for every meaning on its own ground, and under a button', () => {
    for (const tone of TONES) {
      for (const text of [`--y-${tone}`, '--y-text', '--y-text-soft', '--y-text-faint'])
        expect(
          contrast(theme, text, `--y-${tone}-ground`),
          `${text} on ${tone}`,
        ).toBeGreaterThanOrEqual(AA)
      for (const ground of [
        `--y-${tone}`,
        `--el-color-${tone}-light-3`,
        `--el-color-${tone}-dark-2`,
      ])
        expect(contrast(theme, '--y-text-on-primary', ground), ground).toBeGreaterThanOrEqual(AA)
    }
  })
})
