/**
 * What a draft is kept in until it is handed in: the browser's own database, apart for each
 * person, so that a reload, an empty battery or a lost line costs nothing.
 */
import { openDB, type DBSchema, type IDBPDatabase } from 'idb'
import type { Draft } from './draft'

const KEPT_DAYS = 30
const DAY_MS = 86_400_000

/** original: as it was chosen; edited: what is sent instead of it. */
export type Which = 'original' | 'edited'

/** An original that an edited picture was made from, kept after its claim was handed in. */
export interface KeptOriginal {
  id: string
  claim: string
  owner: string
  name: string
  type: string
  data: ArrayBuffer
  at: number
}

interface Shelves extends DBSchema {
  drafts: { key: string; value: { owner: string; draft: Draft } }
  files: { key: string; value: { id: string; owner: string; type: string; data: ArrayBuffer } }
  originals: { key: string; value: KeptOriginal; indexes: { claim: string } }
}

const key = (paper: string, which: Which): string => `${paper}:${which}`

export interface Shelf {
  draft(): Promise<Draft | null>
  keepDraft(draft: Draft): Promise<void>
  keepFile(paper: string, which: Which, file: Blob): Promise<void>
  file(paper: string, which: Which): Promise<Blob | null>
  dropFile(paper: string, which: Which): Promise<void>
  /** The draft became a claim: its files go, the originals of edited pictures stay a while. */
  handedIn(draft: Draft, claim: string, now: number): Promise<void>
  /** The draft is thrown away. */
  clear(draft: Draft): Promise<void>
  originalsOf(claim: string): Promise<KeptOriginal[]>
}

/** One person's shelf. Bytes are kept as buffers: not every browser keeps blobs. */
export async function openShelf(owner: string): Promise<Shelf> {
  const database = await openDB<Shelves>('yuepi-claims', 1, {
    upgrade(fresh) {
      fresh.createObjectStore('drafts', { keyPath: 'owner' })
      fresh.createObjectStore('files', { keyPath: 'id' })
      fresh.createObjectStore('originals', { keyPath: 'id' }).createIndex('claim', 'claim')
    },
  })
  const file = async (paper: string, which: Which): Promise<Blob | null> => {
    const found = await database.get('files', key(paper, which))
    return found?.owner === owner ? new Blob([found.data], { type: found.type }) : null
  }
  return {
    file,
    draft: async () => (await database.get('drafts', owner))?.draft ?? null,
    // A draft of the page is reactive, and such cannot be stored.
    keepDraft: async (draft) =>
      void (await database.put('drafts', { owner, draft: JSON.parse(JSON.stringify(draft)) })),
    async keepFile(paper, which, blob) {
      const data = await blob.arrayBuffer()
      await database.put('files', { id: key(paper, which), owner, type: blob.type, data })
    },
    dropFile: (paper, which) => database.delete('files', key(paper, which)),
    async handedIn(draft, claim, now) {
      for (const paper of draft.papers.filter((each) => each.edited)) {
        const original = await database.get('files', key(paper.id, 'original'))
        if (original === undefined) continue
        const { type, data } = original
        const kept = { id: paper.id, claim, owner, name: paper.name, type, data, at: now }
        await database.put('originals', kept)
      }
      await clear(database, owner, draft)
      await tidy(database, now - KEPT_DAYS * DAY_MS)
    },
    clear: (draft) => clear(database, owner, draft),
    async originalsOf(claim) {
      const found = await database.getAllFromIndex('originals', 'claim', claim)
      return found.filter((each) => each.owner === owner)
    },
  }
}

async function clear(database: IDBPDatabase<Shelves>, owner: string, draft: Draft): Promise<void> {
  const whole = database.transaction(['drafts', 'files'], 'readwrite')
  for (const paper of draft.papers)
    for (const which of ['original', 'edited'] as const)
      void whole.objectStore('files').delete(key(paper.id, which))
  void whole.objectStore('drafts').delete(owner)
  await whole.done
}

async function tidy(database: IDBPDatabase<Shelves>, before: number): Promise<void> {
  for (const each of await database.getAll('originals'))
    if (each.at < before) await database.delete('originals', each.id)
}
