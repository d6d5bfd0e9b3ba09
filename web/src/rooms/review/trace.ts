/** The machine's advice as rows that fired: what went in, against what, and where it stands. Pure. */
import type { Shape } from '@/api/client'
import { fieldId } from '@/ui/papers'
import type { PaperAt } from './fields'

export type Effect = Shape<'Reason'>['effect']

/** A place that a row rests on. `id` is the field's, null where it is no field of a paper here. */
export interface Input {
  name: string
  value: string
  file: string
  page: number | null
  id: string | null
  attachment: string | null
  fileAt: number
}

/** A row of the policy that fired. */
export interface Step {
  key: string
  code: string
  effect: Effect
  row: string
  table: string
  rowName: string
  zh: string
  en: string
  inputs: Input[]
}

const ORDER: Record<Effect, number> = { suggest_reject: 0, refer: 1, warn: 2, approve: 3 }

/** The reasons of an advice in the order of their weight. Unknown shapes give nothing. */
export function stepsOf(decision: unknown, papers: readonly PaperAt[]): Step[] {
  const reasons = (decision as { reasons?: unknown } | null)?.reasons
  if (!Array.isArray(reasons)) return []
  return (reasons as Shape<'Reason'>[])
    .map((reason, at) => {
      const [table = '', rowName = ''] = reason.row.split('/', 2)
      return {
        key: `${reason.row}#${at}`,
        code: reason.code,
        effect: reason.effect,
        row: reason.row,
        table,
        rowName,
        zh: reason.message_zh,
        en: reason.message_en,
        inputs: (reason.evidence ?? []).map((proof) => inputOf(proof, papers)),
      }
    })
    .sort((a, b) => ORDER[a.effect] - ORDER[b.effect])
}

function inputOf(proof: Shape<'Proof'>, papers: readonly PaperAt[]): Input {
  const inFile = papers.filter((paper) => paper.file === proof.file)
  const onPage = inFile.filter(
    (paper) => proof.page === null || proof.page === undefined || paper.reading.page === proof.page,
  )
  const found = onPage.find((paper) => proof.field in paper.reading.fields)
  const paper = found ?? onPage[0] ?? inFile[0]
  return {
    name: proof.field,
    value: proof.value,
    file: proof.file,
    page: proof.page ?? null,
    id: found ? fieldId(found.attachment, found.fileAt, found.readingAt, proof.field) : null,
    attachment: paper?.attachment ?? null,
    fileAt: paper?.fileAt ?? 0,
  }
}

/** The conditions of a row in a policy's decision tables: what it tests, and against what. */
export interface Condition {
  name: string
  test: string
}

interface Node {
  name?: string
  id?: string
  content?: {
    inputs?: { id: string; name: string; field?: string }[]
    rules?: Record<string, string>[]
  }
}

export function conditionsOf(jdm: unknown, table: string, rowName: string): Condition[] {
  const nodes = (jdm as { nodes?: Node[] } | null)?.nodes ?? []
  const content = nodes.find((node) => node.name === table || node.id === table)?.content
  const rule = content?.rules?.find((each) => each._id === rowName)
  if (!rule) return []
  return (content?.inputs ?? []).flatMap((input) => {
    const test = rule[input.id]
    return test ? [{ name: input.field ?? input.id, test: test.replaceAll('"', '') }] : []
  })
}

/** `sha256:56900d…` as something to tell versions apart by. */
export const shortVersion = (policy: string): string => policy.replace(/^sha256:/, '').slice(0, 10)
