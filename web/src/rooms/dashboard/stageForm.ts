/** A stage's rule as a form, and what it says wrongly. Pure. */
import type { Shape } from '@/api/client'

export type Stage = Shape<'StageShown'>
export type StageBody = Shape<'StageBody'>
export type StageName = Stage['stage']

export const STAGES: readonly StageName[] = ['assist', 'partial', 'full']
export const TIERS = ['clean', 'scan', 'photo', 'poor'] as const
export const ANY = '*'

/** What is typed: shares as percents, all of it text. */
export interface StageForm {
  kind: string
  tier: string
  category: string
  stage: StageName
  bar: string
  share: string
  amount: string
  reason: string
}

export type Wrong = Partial<Record<'bar' | 'share' | 'amount' | 'reason', string>>

const PERCENT = /^\d{1,3}(\.\d{1,3})?$/
const AMOUNT = /^\d{1,10}(\.\d{1,2})?$/

/** A share as it is typed: `98`, `99.5`. */
export const percent = (share: number): string => String(Number((share * 100).toFixed(3)))

export const formOf = (stage: Stage): StageForm => ({
  kind: stage.kind,
  tier: stage.tier,
  category: stage.category === ANY ? '' : stage.category,
  stage: stage.stage,
  bar: percent(stage.bar),
  share: percent(stage.sample_share),
  amount: stage.amount_max,
  reason: '',
})

/** The keys of words for what is wrong; empty: it can be sent. */
export function wrongIn(form: StageForm): Wrong {
  const wrong: Wrong = {}
  const bar = Number(form.bar)
  if (!PERCENT.test(form.bar.trim()) || bar <= 0 || bar >= 100) wrong.bar = 'wrongBar'
  if (!PERCENT.test(form.share.trim()) || Number(form.share) > 100) wrong.share = 'wrongShare'
  if (!AMOUNT.test(form.amount.trim())) wrong.amount = 'wrongAmount'
  if (form.reason.trim() === '') wrong.reason = 'reasonNeeded'
  return wrong
}

export const bodyOf = (form: StageForm): StageBody => ({
  kind: form.kind,
  tier: form.tier,
  category: form.category.trim() || ANY,
  stage: form.stage,
  bar: Number((Number(form.bar) / 100).toFixed(5)),
  sample_share: Number((Number(form.share) / 100).toFixed(5)),
  amount_max: form.amount.trim(),
  reason: form.reason.trim(),
})

/** Why a rise was refused, as the server tells it. */
export interface Refused {
  agreed: number
  total: number
  lower: number
  bar: number
  more: number | null
  steps: boolean
}

/** The figures of a refusal; null where it is another one. */
export function refusedIn(told: Readonly<Record<string, unknown>> | undefined): Refused | null {
  const figures = told?.figures
  if (typeof figures !== 'object' || figures === null) return null
  const of = (name: string): number => {
    const value: unknown = Reflect.get(figures, name)
    return typeof value === 'number' ? value : 0
  }
  const from = STAGES.findIndex((each) => each === Reflect.get(figures, 'from'))
  const to = STAGES.findIndex((each) => each === Reflect.get(figures, 'to'))
  return {
    agreed: of('agreed'),
    total: of('total'),
    lower: of('lower'),
    bar: of('bar'),
    more: typeof Reflect.get(figures, 'more') === 'number' ? of('more') : null,
    steps: to - from > 1,
  }
}
