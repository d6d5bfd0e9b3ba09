/** Who can be asked, from `GET /v1/models`. */
import { send } from '@/api/client'
import { Problem } from '@/api/problem'
import { refusalOf } from './heard'

export interface Model {
  id: string
  picturesMax: number
  contextTokensMax: number
  /** False: no language model; it looks up what stands on the page. */
  converses: boolean
}

const PICTURES_MAX = 4
const CONTEXT_TOKENS_MAX = 32_768

interface Listed {
  id?: unknown
  abilities?: {
    kind?: unknown
    images_max?: unknown
    context_tokens_max?: unknown
    converses?: unknown
  }
}

/** Those that answer questions; what a server does not tell is taken as usual. */
export function modelsIn(body: unknown): Model[] {
  const data = (body as { data?: unknown } | null)?.data
  if (!Array.isArray(data)) return []
  return (data as Listed[]).flatMap((one) => {
    const able = one.abilities
    if (typeof one.id !== 'string' || (able?.kind ?? 'chat') !== 'chat') return []
    const number = (value: unknown, otherwise: number): number =>
      typeof value === 'number' ? value : otherwise
    return [
      {
        id: one.id,
        picturesMax: number(able?.images_max, PICTURES_MAX),
        contextTokensMax: number(able?.context_tokens_max, CONTEXT_TOKENS_MAX),
        converses: able?.converses !== false,
      },
    ]
  })
}

export async function readModels(): Promise<Model[]> {
  const response = await send(new Request(new URL('/v1/models', window.location.origin)))
  const body: unknown = await response.json().catch(() => null)
  if (response.ok) return modelsIn(body)
  const { status, code, message } = refusalOf(response.status, body, null)
  throw new Problem(status, code, message)
}
