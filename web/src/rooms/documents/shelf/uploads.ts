/** What is being put on the shelf: files, how far each is, and what became of them. Pure. */
import type { AddedShown, Refused } from '../api'
import type { Gathered } from './gathered'

export type UploadState = 'waiting' | 'sending' | 'done' | 'failed' | 'stopped'

export interface Upload {
  id: string
  file: File
  path: string
  folder: string
  /** Of the folder, in words. */
  into: string
  state: UploadState
  /** Of its bytes that are on their way, 0 to 1. */
  share: number
  /** What became of it: documents by outcome (a zip brings several). */
  told: Told | null
  trouble: Refused | null
}

export interface Told {
  fresh: number
  versions: number
  same: number
  /** Documents with the same bytes elsewhere. */
  twins: string[]
  refused: Refused[]
  first: string | null
}

export const FILE_BYTES_MAX = 2 * 2 ** 30

export function uploadOf(
  { file, path }: Gathered,
  id: string,
  folder: string,
  into: string,
): Upload {
  const refused = refusalOf(file)
  const state = refused ? 'failed' : 'waiting'
  return { id, file, path, folder, into, state, share: 0, told: null, trouble: refused }
}

/** Why a file need not be sent at all. */
function refusalOf(file: File): Refused | null {
  const code = file.size === 0 ? 'empty_file' : file.size > FILE_BYTES_MAX ? 'too_large' : null
  return code && { name: file.name, code, message: '', remedy: '' }
}

/** What the desk says of one sent file. */
export function toldOf(answer: AddedShown): Told {
  const count = (outcome: string): number =>
    answer.added.filter((each) => each.outcome === outcome).length
  return {
    fresh: count('new'),
    versions: count('version'),
    same: count('same'),
    twins: answer.added.flatMap((each) => (each.outcome === 'new' ? each.twins.slice(0, 1) : [])),
    refused: answer.refused,
    first: answer.added[0]?.document.id ?? null,
  }
}

/** Of a file's answer: done, unless nothing of it was taken. */
export const stateOf = (told: Told): UploadState =>
  told.fresh + told.versions + told.same === 0 && told.refused.length > 0 ? 'failed' : 'done'

export interface Overall {
  files: number
  finished: number
  failed: number
  /** Of all bytes, 0 to 1. */
  share: number
  running: boolean
}

export function overallOf(uploads: readonly Upload[]): Overall {
  const running = uploads.filter((each) => each.state === 'waiting' || each.state === 'sending')
  const bytes = uploads.reduce((sum, each) => sum + each.file.size, 0)
  const sent = uploads.reduce(
    (sum, each) => sum + each.file.size * (running.includes(each) ? each.share : 1),
    0,
  )
  return {
    files: uploads.length,
    finished: uploads.length - running.length,
    failed: uploads.filter((each) => each.state === 'failed').length,
    share: bytes > 0 ? sent / bytes : running.length > 0 ? 0 : 1,
    running: running.length > 0,
  }
}

const WAIT_FIRST_MS = 1_000
const WAIT_LAST_MS = 30_000

/** How long to wait after so many failures in a row. */
export const waitMs = (failures: number, toldSeconds = 0): number =>
  Math.max(toldSeconds * 1_000, Math.min(WAIT_LAST_MS, WAIT_FIRST_MS * 2 ** (failures - 1)))
