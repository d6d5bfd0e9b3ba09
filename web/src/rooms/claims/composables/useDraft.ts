/** The draft of whoever is signed in: loaded from the shelf, changed here, kept after each change. */
import { useDebounceFn } from '@vueuse/core'
import { onScopeDispose, ref, shallowRef, type Ref } from 'vue'
import { emptyDraft, resumed, stepped, type Draft, type Paper, type Step } from '../draft/draft'
import { freshId } from '../draft/freshId'
import { moved } from '../draft/order'
import { openShelf, type Shelf, type Which } from '../draft/shelf'

const KEEP_AFTER_MS = 250

export function useDraft(owner: string) {
  const draft = ref<Draft>(newDraft())
  const shelf = shallowRef<Shelf | null>(null)
  const loaded = ref(false)
  /** Whether the browser keeps it: private windows and full disks do not. */
  const kept = ref(true)
  const { loose, keepFile, file, dropFiles } = useFiles(shelf, kept)

  const keep = async (): Promise<void> => {
    if (!loaded.value) return
    await shelf.value?.keepDraft(draft.value).catch(() => (kept.value = false))
  }
  const keepSoon = useDebounceFn(keep, KEEP_AFTER_MS)

  async function load(): Promise<void> {
    try {
      shelf.value = await openShelf(owner)
      const found = await shelf.value.draft()
      if (found !== null) draft.value = resumed(found)
    } catch {
      kept.value = false
    }
    loaded.value = true
  }

  function change(more: Partial<Draft>): void {
    draft.value = { ...draft.value, ...more }
    void keepSoon()
  }

  const paperOf = (id: string): Paper | undefined =>
    draft.value.papers.find((paper) => paper.id === id)

  const withPaper = (id: string, next: (paper: Paper) => Paper): void =>
    change({ papers: draft.value.papers.map((each) => (each.id === id ? next(each) : each)) })

  async function throwAway(): Promise<void> {
    const old = draft.value
    draft.value = newDraft()
    loose.clear()
    await shelf.value?.clear(old).catch(() => null)
  }

  async function handedIn(claim: string): Promise<void> {
    const old = draft.value
    draft.value = newDraft()
    loose.clear()
    await shelf.value?.handedIn(old, claim, Date.now()).catch(() => null)
  }

  onScopeDispose(() => void keep())

  return {
    draft,
    loaded,
    kept,
    load,
    keep,
    change,
    paperOf,
    file,
    keepFile,
    dropFiles,
    throwAway,
    handedIn,
    add: (paper: Paper) => change({ papers: [...draft.value.papers, paper] }),
    drop: (id: string) => change({ papers: draft.value.papers.filter((each) => each.id !== id) }),
    move: (from: number, to: number) => change({ papers: moved(draft.value.papers, from, to) }),
    step: (id: string, step: Step) => withPaper(id, (paper) => stepped(paper, step)),
    look: (id: string, more: Pick<Paper, 'look' | 'hints'>) =>
      withPaper(id, (paper) => ({ ...paper, ...more })),
    say: (spot: string, value: string) => change({ said: { ...draft.value.said, [spot]: value } }),
    newKey: () => change({ key: newDraft().key }),
  }
}

/** The bytes of a draft's papers. */
function useFiles(shelf: Ref<Shelf | null>, kept: Ref<boolean>) {
  /** Files that the browser does not keep. */
  const loose = new Map<string, Blob>()

  async function keepFile(id: string, which: Which, file: Blob): Promise<void> {
    try {
      if (shelf.value === null) throw new Error('there is no shelf')
      await shelf.value.keepFile(id, which, file)
    } catch {
      kept.value = false
      loose.set(`${id}:${which}`, file)
    }
  }

  const file = async (id: string, which: Which): Promise<Blob | null> =>
    loose.get(`${id}:${which}`) ?? (await shelf.value?.file(id, which).catch(() => null)) ?? null

  async function dropFiles(id: string): Promise<void> {
    for (const which of ['original', 'edited'] as const) {
      loose.delete(`${id}:${which}`)
      await shelf.value?.dropFile(id, which).catch(() => null)
    }
  }

  return { loose, keepFile, file, dropFiles }
}

const newDraft = (): Draft => emptyDraft(`web-${freshId()}`)

export type DraftDesk = ReturnType<typeof useDraft>
